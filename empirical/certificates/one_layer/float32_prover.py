"""Certificates that also cover the largest logit of an executed float32 forward pass."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from flint import arb
from jaxtyping import Float64

from empirical.certificates.arithmetic.rounding import UNIT
from empirical.certificates.one_layer.branch_and_bound import Verdict, decide
from empirical.certificates.one_layer.prover import Prover, Reach, Row
from empirical.certificates.one_layer.tables import Tables
from empirical.files.checkpoint import Checkpoint
from empirical.models.one_plane import OnePlaneConfig
from empirical.recheck import checkpoint as recheck_checkpoint
from empirical.recheck.float32 import Execution, Slack
from empirical.recheck.tables import Block
from empirical.recheck.task import Task
from empirical.tasks.task import Domain

ROOM = 1.001
"""Of what the checker asks for."""
OUTSIDE = 1e3
"""A slack under which nothing is proved."""


class Handicapped(Tables):
    """Tables in which one class wins only if it also does in an execution.

    A weight that may be a part ω too large or too small costs ω of the size of what its token
    adds, ``|K_ac| + |B_ac|·|τ|``; what else may err is granted to the other classes outright.

    Args:
        tables: in real numbers.
        winner: the class that is to win.
        slack: of the execution.
    """

    def __init__(self, tables: Tables, winner: int, slack: Slack) -> None:
        self._tables, self._winner, self._slack = tables, winner, slack
        sizes = np.abs(tables.linear[:, [winner]] - tables.linear)
        sizes += np.abs(tables.bias[winner] - tables.bias) * tables.norms[:, None]
        self._granted = slack.weight * sizes + slack.linear
        self._granted[:, winner] = 0.0
        self.linear = tables.linear + self._granted
        self.slants, self.norms = tables.slants, tables.norms
        self.bias = tables.bias + slack.bias
        self.bias[winner] = tables.bias[winner]
        self.linear_error = tables.linear_error + 2 * UNIT * float(np.abs(self.linear).max())
        self.bias_error = tables.bias_error + 2 * UNIT * float(np.abs(self.bias).max())
        self.slant_error, self.score_error = tables.slant_error, tables.score_error

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


class ExecutedProver(Prover):
    """PROVED and REFUTED hold in real numbers and in every execution; else UNDECIDED.

    Args:
        checkpoint: one block, one head, with a ``task.json``.

    Raises:
        Refusal: another shape, or no task.
    """

    arithmetic = "real+float32"

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__(checkpoint)
        self._execution = execution_of(checkpoint)

    def rows_of(self, tables: Tables, domain: Domain, length: int) -> Iterator[Row]:
        """See ``Prover.rows_of``."""
        for row in super().rows_of(tables, domain, length):
            yield self._kept(tables, domain, row)

    def reach_of(self, tables: Tables, domain: Domain, longest: int) -> Reach:
        """See ``Prover.reach_of``; slack grows with length, so the real horizon's will do."""
        real = super().reach_of(tables, domain, longest)
        slack = self._slack(domain.query, real.longest)
        reaches = [
            super(ExecutedProver, self).reach_of(
                Handicapped(tables, answer, slack), _single(domain, answer), real.longest
            )
            for answer in domain.answers.tolist()
        ]
        shortest = min(reaches, key=lambda reach: reach.longest)
        if shortest.beyond:
            return replace(shortest, beyond=_unsure(shortest.beyond))
        beyond = real.beyond and self._kept(tables, domain, real.beyond)
        return replace(real, beyond=beyond)

    def _slack(self, query: int, length: int) -> Slack:
        """A little more than the checker asks for; all there is where it claims nothing."""
        slack = self._execution.slack(query, length) if length else Slack(0.0, 0.0, 0.0)
        if slack is None:
            return Slack(OUTSIDE, OUTSIDE, OUTSIDE)
        return Slack(ROOM * slack.weight, ROOM * slack.linear, ROOM * slack.bias)

    def _kept(self, tables: Tables, domain: Domain, row: Row) -> Row:
        """What is left of a row in real numbers."""
        slack = self._slack(row.query, row.length)
        if row.verdict is Verdict.REFUTED and row.witness and row.rival is not None:
            piece = np.zeros((row.length, self.classes), dtype=bool)
            piece[np.arange(row.length), row.witness[::-1]] = True
            ahead = decide(Handicapped(tables, row.rival, slack), [piece], row.rival, row.answer)
            return row if ahead.verdict is Verdict.PROVED else _unsure(row)
        if row.verdict is Verdict.PROVED:
            handicapped = Handicapped(tables, row.answer, slack)
            again = next(super().rows_of(handicapped, _single(domain, row.answer), row.length))
            return row if again.verdict is Verdict.PROVED else _unsure(again)
        return row


def execution_of(checkpoint: Checkpoint) -> Execution:
    """The checker's bound of what float32 may change, for a checkpoint in memory."""
    config, task = checkpoint.config, checkpoint.task
    shape = recheck_checkpoint.Config(
        tokens=config.vocab_size,
        width=config.n_embd,
        blocks=config.n_layer,
        heads=config.n_head,
        rotary=config.rotary_dim,
        inner=config.inner,
        epsilon=float(config.layer_norm_epsilon),
        angle=float(config.angle) if isinstance(config, OnePlaneConfig) else None,
    )
    known = Task(task.name, task.entries) if task else Task("", ())
    weights = dict(checkpoint.weights)
    return Execution(Block(recheck_checkpoint.Checkpoint(shape, weights, known, {})))


def _single(domain: Domain, answer: int) -> Domain:
    """The inputs with one answer."""
    return replace(domain, answers=np.array([answer]))


def _unsure(row: Row) -> Row:
    return replace(row, verdict=Verdict.UNDECIDED, witness=None, margin=None)
