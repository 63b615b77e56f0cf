"""Certificates that also cover the largest logit of an executed float32 forward pass.

How much an answer must be ahead for that is derived twice, here (``arithmetic.float32``) and by the
checker; a row must meet both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from flint import arb
from jaxtyping import Float64

from empirical.certificates.arithmetic.float32 import ExecutionSlack, Float32Execution
from empirical.certificates.arithmetic.rounding import UNIT
from empirical.certificates.one_layer.branch_and_bound import prove_or_refute
from empirical.certificates.one_layer.prover import Horizon, Prover, Row
from empirical.certificates.one_layer.tables import Tables
from empirical.files.checkpoint import Checkpoint
from empirical.models.one_plane import OnePlaneConfig
from empirical.recheck import checkpoint as recheck_checkpoint
from empirical.recheck import float32 as recheck_float32
from empirical.recheck.certificate import Verdict
from empirical.recheck.config import Architecture, Config
from empirical.recheck.tables import Block
from empirical.tasks.task import Domain

ROOM = 1.001
"""Of the checker's slack, for its other roundings of a row."""


class WithFloat32Slack(Tables):
    """Tables in which one class wins only if it also does in an execution.

    A weight that may be a part ω too large or too small costs ω of the size of what its token
    adds, ``|K_ac| + |B_ac|·|τ|``; what all weights may be off besides, as much of the largest such
    size; what else may err is granted to the other classes outright.

    Args:
        tables: in real numbers.
        winner: the class that is to win.
        slack: of the execution.
    """

    def __init__(self, tables: Tables, winner: int, slack: ExecutionSlack) -> None:
        self._tables, self._winner, self._slack = tables, winner, slack
        # What overflows here is out of range, and says so.
        with np.errstate(over="ignore", invalid="ignore"):
            self._granted = self._grant()
            self.linear = tables.linear + self._granted
        self.slants, self.norms = tables.slants, tables.norms
        self.bias = tables.bias + slack.bias
        self.bias[winner] = tables.bias[winner]
        self.linear_error = tables.linear_error + 2 * UNIT * float(np.abs(self.linear).max())
        self.bias_error = tables.bias_error + 2 * UNIT * float(np.abs(self.bias).max())
        self.slant_error, self.score_error = tables.slant_error, tables.score_error
        self.bits = tables.bits

    def _grant(self) -> Float64[np.ndarray, "tokens classes"]:
        """What each token grants to every class but the winner."""
        tables, winner = self._tables, self._winner
        bias = np.abs(tables.bias[winner] - tables.bias) + 2 * tables.bias_error
        sizes = np.abs(tables.linear[:, [winner]] - tables.linear) + 2 * tables.linear_error
        sizes += bias * (tables.norms[:, None] + tables.slant_error)
        granted = self._slack.weight * sizes + self._slack.flushed * sizes.max(axis=0)
        granted = (granted + self._slack.linear) * (1 + 8 * UNIT)
        granted[:, winner] = 0.0
        slack: Float64[np.ndarray, "tokens classes"] = granted
        return slack

    def refined(self) -> "WithFloat32Slack | None":
        """See ``Tables.refined``."""
        finer = self._tables.refined()
        return None if finer is None else WithFloat32Slack(finer, self._winner, self._slack)

    def scores(self, start: int, stop: int) -> Float64[np.ndarray, "places tokens"]:
        """See ``Tables.scores``."""
        return self._tables.scores(start, stop)

    def score_balls(self, place: int) -> Sequence[arb]:
        """See ``Tables.score_balls``."""
        return self._tables.score_balls(place)

    def linear_ball(self, token: int, kind: int) -> arb:
        """See ``Tables.linear_ball``."""
        return self._tables.linear_ball(token, kind) + float(self._granted[token, kind])

    def slant_balls(self, token: int) -> Sequence[arb]:
        """See ``Tables.slant_balls``."""
        return self._tables.slant_balls(token)

    def bias_ball(self, kind: int) -> arb:
        """See ``Tables.bias_ball``."""
        given = 0.0 if kind == self._winner else self._slack.bias
        return self._tables.bias_ball(kind) + given


class Float32Prover(Prover):
    """PROVED and REFUTED hold in real numbers and in every execution; else UNDECIDED.

    Args:
        checkpoint: one block, one head, with a ``task.json``.

    Raises:
        Refusal: another shape, or no task.
    """

    arithmetic = "real+float32"

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__(checkpoint)
        self._execution = Float32Execution(checkpoint)
        self._checkers = execution_of_checker(checkpoint)

    def rows_of(self, tables: Tables, domain: Domain, length: int) -> Iterator[Row]:
        """See ``Prover.rows_of``."""
        for row in super().rows_of(tables, domain, length):
            yield self._kept(tables, domain, row)

    def reach_of(self, tables: Tables, domain: Domain, longest: int) -> Horizon:
        """See ``Prover.reach_of``; slack grows with length, so the real horizon's will do."""
        real = super().reach_of(tables, domain, longest)
        last, slack = self._longest_in_range(domain.query, real.longest)
        if slack is None:
            return self._out_of_range(domain, last + 1)
        horizons = [
            super(Float32Prover, self).reach_of(
                WithFloat32Slack(tables, answer, slack), _single(domain, answer), last
            )
            for answer in domain.answers.tolist()
        ]
        shortest = min(horizons, key=lambda horizon: horizon.longest)
        if shortest.beyond:
            return replace(shortest, beyond=_unsure(shortest.beyond))
        if last < real.longest:
            return self._out_of_range(domain, last + 1)
        beyond = real.beyond and self._kept(tables, domain, real.beyond)
        return replace(real, beyond=beyond)

    def slack(self, query: int, length: int) -> ExecutionSlack | None:
        """The larger of both slacks; none where either claims nothing."""
        ours = self._execution.slack(query, length)
        theirs = self._checkers.slack(query, length)
        if ours is None or theirs is None:
            return None
        return ExecutionSlack(
            max(ours.weight, ROOM * theirs.weight),
            max(ours.linear, ROOM * theirs.linear),
            max(ours.bias, ROOM * theirs.bias),
            ours.flushed,
        )

    def _longest_in_range(self, query: int, longest: int) -> tuple[int, ExecutionSlack | None]:
        """The last length up to one at which float32 has a known slack, and that; by halving."""
        slack = self.slack(query, longest)
        if slack is not None:
            return longest, slack
        known, unknown, known_slack = 1, longest, None
        while unknown - known > 1:
            middle = (known + unknown) // 2
            slack = self.slack(query, middle)
            if slack is None:
                unknown = middle
            else:
                known, known_slack = middle, slack
        return known, known_slack

    def _out_of_range(self, domain: Domain, length: int) -> Horizon:
        """The horizon of a query that ends because floats are out of range at a length."""
        first = max(length, domain.distances.start + 1, 2)
        answer = int(domain.answers[0])
        rival = next(c for c in range(self.classes) if c != answer)
        row = Row(domain.query, answer, domain.distances.start, first, Verdict.UNDECIDED, rival)
        return Horizon(domain.query, first - 1, row)

    def _kept(self, tables: Tables, domain: Domain, row: Row) -> Row:
        """What is left of a row in real numbers."""
        slack = self.slack(row.query, row.length)
        if slack is None:
            return _unsure(row)
        if row.verdict is Verdict.REFUTED and row.witness and row.rival is not None:
            piece = np.zeros((row.length, self.classes), dtype=bool)
            piece[np.arange(row.length), row.witness[::-1]] = True
            ahead = WithFloat32Slack(tables, row.rival, slack)
            outcome = prove_or_refute(ahead, [piece], row.rival, row.answer)
            return row if outcome.verdict is Verdict.PROVED else _unsure(row)
        if row.verdict is Verdict.PROVED:
            behind = WithFloat32Slack(tables, row.answer, slack)
            again = next(super().rows_of(behind, _single(domain, row.answer), row.length))
            return row if again.verdict is Verdict.PROVED else _unsure(again)
        return row


def execution_of_checker(checkpoint: Checkpoint) -> recheck_float32.Execution:
    """The checker's bound of what float32 may change, for a checkpoint in memory."""
    config = checkpoint.config
    one_plane = isinstance(config, OnePlaneConfig)
    shape = Config(
        architecture=Architecture.ONE_PLANE if one_plane else Architecture.GPTJ,
        tokens=config.vocab_size,
        width=config.n_embd,
        blocks=config.n_layer,
        heads=config.n_head,
        rotary=config.rotary_dim,
        inner=config.inner,
        epsilon=float(config.layer_norm_epsilon),
        base=config.BASE,
        angle=float(config.angle) if isinstance(config, OnePlaneConfig) else None,
    )
    made = recheck_checkpoint.Model(shape, dict(checkpoint.weights), {})
    return recheck_float32.Execution(Block(made))


def _single(domain: Domain, answer: int) -> Domain:
    """The inputs with one answer."""
    return replace(domain, answers=np.array([answer]))


def _unsure(row: Row) -> Row:
    """The row where float32 may answer otherwise."""
    return replace(row, verdict=Verdict.UNDECIDED, witness=None, margin=None)
