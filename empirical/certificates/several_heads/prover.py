"""Rows and horizons of a checkpoint with several heads: thresholds first, then branch and bound."""

import time
from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

from empirical.certificates.one_layer.input_products import pieces
from empirical.certificates.one_layer.prover import Horizon, Prover, Row, refuted
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.several_heads.branch_and_bound import (
    LARGEST,
    prove_or_refute_several_heads,
)
from empirical.certificates.several_heads.thresholds import proved_by_thresholds
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import Verdict
from empirical.tasks.task import Domain


class SeveralProver(Prover):
    """A checkpoint of several heads with its task.

    Args:
        checkpoint: one block, two heads or more, with a ``task.json``.
        seconds: the most that one row may be searched for; then it is UNDECIDED.

    Raises:
        Refusal: another shape, or no task.
    """

    HEADS = range(2, LARGEST + 1)

    def __init__(self, checkpoint: Checkpoint, seconds: float) -> None:
        super().__init__(checkpoint)
        self.seconds = seconds

    def rows(self, query: int, length: int) -> Iterator[Row]:
        """See ``Prover.rows``."""
        domain, heads = self._asked(query, length)
        answers, rivals = self._grid(domain)
        proved, surplus = proved_by_thresholds(heads, domain, answers, rivals, length)
        for answer in domain.answers.tolist():
            hard = np.flatnonzero((answers == answer) & ~proved[:, -1])
            mine = rivals[hard[np.argsort(surplus[hard])]]
            yield self._judged(heads, domain, answer, length, mine.tolist())

    def reach(self, query: int, longest: int) -> Horizon:
        """See ``Prover.reach``; an UNDECIDED row ends the horizon as a REFUTED one does."""
        domain, heads = self._asked(query, longest)
        answers, rivals = self._grid(domain)
        first, last = 2, min(longest, 16)
        while first <= longest:
            proved, _ = proved_by_thresholds(heads, domain, answers, rivals, last)
            for length in range(first, last + 1):
                open_ = ~proved[:, length - 2]
                row = self._failing(heads, query, length, answers[open_], rivals[open_])
                if row is not None:
                    return Horizon(query, length - 1, row)
            first, last = last + 1, min(longest, 2 * last)
        return Horizon(query, longest, None)

    def _failing(
        self,
        heads: list[Tables],
        query: int,
        length: int,
        answers: Int[np.ndarray, " pairs"],
        rivals: Int[np.ndarray, " pairs"],
    ) -> Row | None:
        """A row of one length that is not PROVED, the worst pair's first."""
        domain = next((d for d in self.task.domains(length) if d.query == query), None)
        if domain is None or not answers.size:
            return None
        proved, surplus = proved_by_thresholds(heads, domain, answers, rivals, length)
        order = np.argsort(surplus)
        hard = order[~proved[order, -1]]
        for answer in dict.fromkeys(answers[hard].tolist()):
            mine = rivals[hard[answers[hard] == answer]]
            row = self._judged(heads, domain, answer, length, mine.tolist())
            if row.verdict is not Verdict.PROVED:
                return row
        return None

    def _judged(
        self, heads: list[Tables], domain: Domain, answer: int, length: int, rivals: list[int]
    ) -> Row:
        """The row of one answer; ``rivals`` are those that thresholds leave open, worst first."""
        deadline, undecided = time.monotonic() + self.seconds, None
        inputs = list(pieces(domain, answer, length, self.classes, domain.distances))
        for rival in rivals:
            left = deadline - time.monotonic()
            proved = prove_or_refute_several_heads(heads, inputs, answer, rival, left)
            if proved.outcome.witness is not None:
                return refuted(domain, answer, proved.outcome)
            if proved.outcome.verdict is Verdict.UNDECIDED:
                undecided = rival if undecided is None else undecided
                continue
            self.proofs.append(
                {
                    "query": domain.query,
                    "answer": answer,
                    "rival": rival,
                    "length": length,
                    "trees": list(proved.proofs),
                }
            )
        verdict = Verdict.PROVED if undecided is None else Verdict.UNDECIDED
        distance = domain.distances.start
        return Row(domain.query, answer, distance, length, verdict, undecided)

    def _asked(self, query: int, length: int) -> tuple[Domain, list[Tables]]:
        domain = next(d for d in self.domains(length) if d.query == query)
        heads: list[Tables] = [
            self.model.tables(query, head) for head in range(self.model.config.n_head)
        ]
        return domain, heads

    def _grid(self, domain: Domain) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]:
        """Every answer against every other class."""
        answers = np.repeat(domain.answers, self.classes)
        rivals = np.tile(np.arange(self.classes), domain.answers.size)
        return answers[answers != rivals], rivals[answers != rivals]


def prover_of(checkpoint: Checkpoint, seconds: float) -> Prover:
    """The prover for a checkpoint's number of heads."""
    if checkpoint.config.n_head == 1:
        return Prover(checkpoint)
    return SeveralProver(checkpoint, seconds)
