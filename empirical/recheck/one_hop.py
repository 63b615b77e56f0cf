"""Every claim of a one-hop certificate, shown again or not."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from flint import arb, ctx

from empirical.recheck.accuracy import Chances
from empirical.recheck.certificate import (
    MOST_POSITIONS,
    Accuracy,
    Horizon,
    OneHop,
    Part,
    Proof,
    Refutation,
    Row,
    Verdict,
)
from empirical.recheck.checkpoint import Checkpoint
from empirical.recheck.failures import Rejected
from empirical.recheck.findings import Claim, Tick, Unshown, is_near, positive
from empirical.recheck.float32 import NO_SLACK, Execution, Slack
from empirical.recheck.float_tables import FloatTables
from empirical.recheck.one_block import Lengths, OneBlock
from empirical.recheck.specification import MOST_HEADS
from empirical.recheck.tables import Block
from empirical.recheck.task import INDUCTION, Domain
from empirical.recheck.trees import Pair, whole_piece


def check_one_hop(claims: OneHop, checkpoint: Checkpoint, tick: Tick) -> list[Unshown]:
    """Show the claims again.

    Args:
        claims: of the certificate.
        checkpoint: that it speaks of.
        tick: called with the number of steps done and of all steps.

    Returns:
        The claims that are not shown.

    Raises:
        Rejected: the claims are not those of the checkpoint's task.
    """
    check = _Check(claims, checkpoint)
    queries = check.queries()
    steps = len(claims.proofs) + len(queries) + len(claims.accuracies)
    for done, proof in enumerate(claims.proofs):
        tick(done, steps)
        check.proof(proof)
    for done, query in enumerate(queries, start=len(claims.proofs)):
        tick(done, steps)
        check.query(query)
    for done, accuracy in enumerate(claims.accuracies, start=len(claims.proofs) + len(queries)):
        tick(done, steps)
        check.accuracy(accuracy)
    tick(steps, steps)
    return check.unshown


class _Check:
    """Claims beside the checkpoint that they speak of."""

    def __init__(self, claims: OneHop, checkpoint: Checkpoint) -> None:
        self.claims, self.task, self.config = claims, checkpoint.task, checkpoint.config
        self.unshown: list[Unshown] = []
        self._check_shape()
        self.proven: set[tuple[int | None, ...]] = set()
        self.block = Block(checkpoint)
        self.model = OneBlock(FloatTables(self.block), self.task, self.proven)
        self.execution = None
        if claims.arithmetic == OneHop.FLOAT32:
            self.execution = Execution(self.block)

    def _check_shape(self) -> None:
        """Are rows, horizons and accuracies those of the task, each once?"""
        claims, config = self.claims, self.config
        if self.task.name == INDUCTION:
            raise Rejected("it speaks of a task of one hop, the checkpoint of induction")
        if config.blocks != 1 or config.heads > MOST_HEADS:
            raise Rejected(
                f"the checkpoint has {config.blocks} blocks of {config.heads} heads: one-hop "
                f"certificates are for one block of at most {MOST_HEADS} heads"
            )
        if config.heads > 1 and (claims.arithmetic != OneHop.REAL or claims.accuracies):
            raise Rejected("float32 and accuracies are not claimed of several heads")
        lengths = [claims.length, claims.horizon_searched or 0]
        lengths += [accuracy.length for accuracy in claims.accuracies]
        lengths += [proof.length for proof in claims.proofs]
        if max(lengths) * config.tokens > MOST_POSITIONS:
            raise Rejected(f"inputs of {max(lengths)} tokens are longer than is checked")
        rows = {(row.query, row.answer) for row in claims.rows}
        if not rows or rows != self._rows_of(claims.length):
            raise Rejected(f"its rows are not the queries and answers of length {claims.length}")
        if claims.horizon_searched is not None:
            queries = {domain.query for domain in self.task.domains(claims.horizon_searched)}
            if not queries or {horizon.query for horizon in claims.horizons} != queries:
                raise Rejected("its horizons are not those of its queries")

    def _rows_of(self, length: int) -> set[tuple[int, int]]:
        domains = self.task.domains(length)
        return {(domain.query, answer) for domain in domains for answer in domain.answers}

    def queries(self) -> list[int]:
        """The queries that something is claimed of."""
        return sorted(
            {row.query for row in self.claims.rows}
            | {horizon.query for horizon in self.claims.horizons}
        )

    def proof(self, proof: Proof) -> None:
        """Show one proof tree again."""
        reason = self._why_not(proof)
        if reason is None:
            self.proven.add((proof.query, proof.answer, proof.rival, proof.length, proof.place))
        else:
            self._leave(proof, reason)

    def _why_not(self, proof: Proof) -> str | None:
        domain = self.task.domain(proof.query, proof.length)
        tokens = range(self.config.tokens)
        if domain is None or proof.answer not in domain.answers:
            return "it is not of a row of the task"
        if proof.place not in domain.places or proof.rival not in tokens:
            return "it is not of a place or rival of the task"
        if proof.rival == proof.answer:
            return "its rival is its answer"
        if any(token not in tokens for tokens_ in proof.directions for token in tokens_):
            return "a direction has an unknown token"
        slack = self.slack(proof.query, proof.length)
        if slack is None:
            return self._outside()
        floats = self.model.floats
        pair = Pair(self.block, proof.query, proof.answer, proof.rival, slack, floats)
        piece = whole_piece(domain, proof.answer, proof.length, proof.place)
        return pair.why_not(proof, piece)

    def slack(self, query: int, length: int) -> Slack | None:
        """How much an answer must be ahead; none if float32 may leave its range."""
        if self.execution is None:
            return NO_SLACK
        return self.execution.slack(query, length)

    def _outside(self) -> str:
        what = self.execution.outside if self.execution else None
        return f"float32 may be out of its range{f' ({what})' if what else ''}"

    def query(self, query: int) -> None:
        """Show the rows and the horizon of one query again."""
        rows = [row for row in self.claims.rows if row.query == query]
        claimed = [row.answer for row in rows if row.verdict is Verdict.PROVED]
        horizon = next((h for h in self.claims.horizons if h.query == query), None)
        domain = self.task.domain(query, self.claims.horizon_searched or 0)
        at_length = range(self.claims.length, self.claims.length + 1)
        wanted = {answer: _lengths(at_length) for answer in claimed}
        to_horizon: dict[int, Lengths] = {}
        if horizon is not None and domain is not None:
            every = _lengths(range(domain.places[0] + 1, horizon.longest + 1))
            to_horizon = dict.fromkeys(domain.answers, every)
        if self.execution is None:
            both = self._shown(query, _united(wanted, to_horizon))
            proved, proved_to_horizon = both, both
        else:  # what float32 may change grows with the length
            proved = self._shown(query, wanted)
            proved_to_horizon = self._shown(query, to_horizon)
        for row in rows:
            if row.verdict is Verdict.PROVED and not proved[row.answer][self.claims.length]:
                reason = f"PROVED is not shown again{self._range(query)}"
                self._leave(row, reason, _undecided(row))
            elif row.refutation is not None:
                wrong = self._why_not_refuted(row, row.refutation, self.claims.length)
                self._leave(row, wrong, _undecided(row))
        if horizon is not None:
            self._check_horizon(horizon, to_horizon, proved_to_horizon)

    def _shown(self, query: int, wanted: dict[int, Lengths]) -> dict[int, Lengths]:
        """At which wanted lengths each answer is shown to be right."""
        longest = max((int(np.flatnonzero(w).max(initial=0)) for w in wanted.values()), default=0)
        slack = self.slack(query, longest) if longest else None
        if slack is None:
            return {answer: np.zeros_like(lengths) for answer, lengths in wanted.items()}
        return self.model.shown(query, wanted, slack)

    def _check_horizon(
        self, horizon: Horizon, wanted: dict[int, Lengths], proved: dict[int, Lengths]
    ) -> None:
        """Is every answer shown to be right up to the horizon, and the row beyond refuted?"""
        missing = [
            (int(np.argmax(left)), answer)
            for answer, lengths in wanted.items()
            if (left := lengths & ~proved[answer][: lengths.size]).any()
        ]
        if missing:
            length, answer = min(missing)
            reason = f"answer {answer} is not shown to be right at {length} tokens"
            beyond = Row(horizon.query, answer, Verdict.UNDECIDED)
            self._leave(horizon, reason, Horizon(horizon.query, length - 1, beyond))
        elif horizon.beyond is not None and horizon.beyond.refutation is not None:
            length = horizon.longest + 1
            wrong = self._why_not_refuted(horizon.beyond, horizon.beyond.refutation, length)
            self._leave(horizon, wrong, replace(horizon, beyond=_undecided(horizon.beyond)))

    def _why_not_refuted(self, row: Row, refutation: Refutation, length: int) -> str | None:
        """Why a witness is no input of a row that is answered wrongly; none if it is."""
        query, answer, rival = row.query, row.answer, refutation.rival
        domain = self.task.domain(query, length)
        by_place = refutation.witness[::-1]
        if domain is None or len(by_place) != length or not domain.has(answer, by_place):
            return "its witness is not an input of the task with its answer"
        if rival == answer or rival >= self.config.tokens:
            return "its rival is no other class"
        pair = Pair(self.block, query, answer, rival)

        def margin(block: Block) -> arb:
            return pair.margin(block, by_place)

        if not positive(self.block, lambda block: -margin(block)):
            return "its witness is not answered wrongly"
        if not is_near(self.block, margin, refutation.margin):
            with ctx.workprec(self.block.precision):
                return f"the margin of its witness is {margin(self.block).str(17)}"
        if self.execution is None:
            return None
        slack = self.slack(query, length)
        if slack is None:
            return self._outside()
        ahead = Pair(self.block, query, rival, answer, slack).runs(by_place)
        return None if ahead else "float32 may still answer its witness rightly"

    def _range(self, query: int) -> str:
        """What to add to a reason where float32 may leave its range."""
        inside = self.slack(query, self.claims.length) is not None
        return "" if inside else f": {self._outside()}"

    def _leave(self, claim: Claim, reason: str | None, instead: Claim | None = None) -> None:
        """Note a claim that is not shown, if there is a reason."""
        if reason is not None:
            self.unshown.append(Unshown(claim, reason, instead))

    def accuracy(self, accuracy: Accuracy) -> None:
        """Show one accuracy again, in real numbers."""
        self._leave(accuracy, self._why_not_accurate(accuracy))

    def _why_not_accurate(self, accuracy: Accuracy) -> str | None:
        domains = self.task.domains(accuracy.length)
        parts = {(part.query, part.answer): part for part in accuracy.parts}
        if not domains or not set(parts) <= self._rows_of(accuracy.length):
            return "it has a part that it cannot have"
        lower = upper = Fraction(0)
        for domain in domains:
            mine = [parts.get((domain.query, answer)) for answer in domain.answers]
            reason = self._why_not_parts(domain, accuracy.length, mine)
            if reason is not None:
                return reason
            count = len(domains) * len(domain.answers)
            for part in mine:
                lower += Fraction(1 if part is None else part.lower) / count
                upper += Fraction(1 if part is None else part.upper) / count
        if accuracy.lower > lower or accuracy.upper < upper:
            return "it is not the mean of its parts"
        return None

    def _why_not_parts(self, domain: Domain, length: int, parts: list[Part | None]) -> str | None:
        """Why accuracies of one query are not shown; an answer without a part is always right."""
        always = [a for a, part in zip(domain.answers, parts, strict=True) if part is None]
        wanted = dict.fromkeys(always, _lengths(range(length, length + 1)))
        proved = self.model.shown(domain.query, wanted) if wanted else {}
        for answer, lengths in proved.items():
            if not lengths[length]:
                return f"query {domain.query}, answer {answer}: it is not shown to be always right"
        chances = Chances(self.model, domain, length)
        for part in filter(None, parts):
            where = f"query {part.query}, answer {part.answer}"
            if any(rival >= self.config.tokens for rival in part.rivals):
                return f"{where}: a rival is no class"
            lower, upper = chances.bounds(part.answer, part.rivals)
            if part.lower > lower:
                return f"{where}: the lower bound {part.lower} is not shown, but {lower}"
            if part.upper < upper:
                return f"{where}: the upper bound {part.upper} is not shown, but {upper}"
        return None


def _undecided(row: Row) -> Row:
    """What is left of a row that is not shown."""
    return Row(row.query, row.answer, Verdict.UNDECIDED)


def _lengths(lengths: range) -> Lengths:
    """For each length from 0 to the last, whether it is one of these."""
    wanted = np.zeros(lengths.stop, dtype=bool)
    wanted[lengths.start : lengths.stop] = True
    return wanted


def _united(one: dict[int, Lengths], two: dict[int, Lengths]) -> dict[int, Lengths]:
    """The lengths of both, by answer; all of one size."""
    size = max((lengths.size for lengths in (*one.values(), *two.values())), default=0)
    united = {answer: np.zeros(size, dtype=bool) for answer in one | two}
    for lengths_of in (one, two):
        for answer, lengths in lengths_of.items():
            united[answer][: lengths.size] |= lengths
    return united
