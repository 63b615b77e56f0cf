"""The certificate of a two-layer model on induction: one verdict for each way to ask.

Certified are all inputs of one length whose last token occurred exactly once before, at the second
place before it or earlier, whatever else they hold. A group of them shares the token before the
last, the last, and the answer: what came after the last token's earlier occurrence.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from empirical.certificates.arithmetic.rounding import centre
from empirical.certificates.induction.bigram_paths import BigramContexts, Pairs, Paths, Terms
from empirical.certificates.induction.context_tables import TwoLayerTables
from empirical.certificates.one_layer.prover import seal
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import Verdict
from empirical.tasks.induction import InductionTask
from theory.notebook import fields_as_html
from theory.refusal import Refusal

LONGEST = 1 << 12
"""Tokens per input, at most: tables hold a few thousand numbers for each."""
DISTRIBUTION = (
    "query, its earlier place and every token elsewhere uniform over what the task allows"
)
RIVALS_RUN = 4
"""Rivals of one group whose worst path is run."""
ACCURATE = 48
"""Bits to which a witness's margin is to be known, so that the checker finds the same."""


@dataclass(frozen=True)
class DecidedGroup:
    """What is known of all inputs of one length with the same end and answer.

    Attributes:
        previous: token id before the last.
        query: token id at the end.
        answer: token id that should win.
        verdict: PROVED if the answer has the largest logit on every input.
        rival: for REFUTED, a class above it; for UNDECIDED, the one whose bound is least.
        witness: for REFUTED, token ids of such an input, first to last.
        margin: for REFUTED, the answer's logit minus the rival's on it.
    """

    previous: int
    query: int
    answer: int
    verdict: Verdict
    rival: int | None = None
    witness: tuple[int, ...] | None = None
    margin: float | None = None

    _repr_html_ = fields_as_html

    def to_json(self) -> dict[str, Any]:
        """The row as it stands in a certificate."""
        return {
            "previous": self.previous,
            "query": self.query,
            "answer": self.answer,
            "verdict": str(self.verdict),
            "rival": self.rival,
            "witness": None if self.witness is None else list(self.witness),
            "witness_margin": self.margin,
        }


class InductionProver:
    """A checkpoint that learned induction.

    Args:
        checkpoint: two attention-only blocks of one head, with a ``task.json`` of induction.

    Raises:
        Refusal: another shape or task.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        task = checkpoint.recorded_task
        if not isinstance(task, InductionTask):
            raise Refusal(f"{checkpoint.path} is no model of induction: name one that is")
        self.task, self.sha256, self.model = task, checkpoint.sha256, TwoLayerTables(checkpoint)

    def groups(self, contexts: BigramContexts, previous: int, query: int) -> Iterator[DecidedGroup]:
        """One group for each answer that an input can have.

        Args:
            contexts: of the model and the length.
            previous: token id before the last.
            query: token id at the end, another one.
        """
        others = self.task.tokens[self.task.tokens != query]
        paths = Paths(contexts, previous, query, others)
        # Of three tokens the one after the query is the one before the last.
        possible = [previous] if contexts.length == 3 else others.tolist()
        if not paths.known:
            yield from (self._undecided(paths, answer) for answer in possible)
            return
        classes = self.model.tokens
        answers, rivals = np.repeat(others, classes), np.tile(np.arange(classes), others.size)
        answers, rivals = answers[answers != rivals], rivals[answers != rivals]
        with np.errstate(all="ignore"):  # what leaves the range of floats is not known
            gains = paths.gains(answers, rivals)
        # First against the best rival of each context at once, then against one at a time.
        closest = gains.reshape(others.size, -1, gains.shape[1]).min(axis=1)
        together = dict(zip(others.tolist(), paths.least(others, closest).tolist(), strict=True))
        for answer in possible:
            mine = answers == answer
            if not np.isfinite(gains[mine]).all():
                yield self._undecided(paths, answer)
            elif together[answer] > 0:
                yield DecidedGroup(previous, query, answer, Verdict.PROVED)
            else:
                yield self._judged(paths, answer, rivals[mine], gains[mine])

    def _undecided(self, paths: Paths, answer: int) -> DecidedGroup:
        """The group of an answer of which floats know nothing."""
        rival = int(answer == 0)
        return DecidedGroup(paths.previous, paths.query, answer, Verdict.UNDECIDED, rival)

    def _judged(self, paths: Paths, answer: int, rivals: Pairs, gains: Terms) -> DecidedGroup:
        """The group of one answer, rival by rival."""
        ends = paths.previous, paths.query
        bounds = paths.least(np.full(rivals.size, answer), gains)
        order = np.argsort(bounds)
        hard = order[~(bounds[order] > 0)].tolist()
        if not hard:
            return DecidedGroup(*ends, answer, Verdict.PROVED)
        for pair in hard[:RIVALS_RUN]:
            rival, witness = int(rivals[pair]), paths.worst(answer, gains[[pair]])
            margin = self.model.margin(witness, answer, rival)
            if margin < 0 and margin.rel_accuracy_bits() >= ACCURATE:
                return DecidedGroup(*ends, answer, Verdict.REFUTED, rival, witness, centre(margin))
        return DecidedGroup(*ends, answer, Verdict.UNDECIDED, int(rivals[hard[0]]))

    def _share(self, rows: list[DecidedGroup], length: int) -> float:
        """Of the inputs that the task draws, those in groups that are proved; rounded down."""
        others = self.task.tokens.size - 1
        last = Fraction(1, length - 2)  # the chance that the answer is the token before the last
        total = Fraction(0)
        for row in rows:
            if row.verdict is Verdict.PROVED:
                total += (1 - last) / others**2 + (row.previous == row.answer) * last / others
        share = total / self.task.tokens.size
        nearest = float(share)
        return nearest if nearest <= share else math.nextafter(nearest, 0.0)

    def contexts(self, length: int) -> BigramContexts:
        """What one length does to the first layer.

        Raises:
            Refusal: no input of this length, or a longer one than tables are made for.
        """
        if not 3 <= length <= LONGEST:
            raise Refusal(
                f"induction is certified for 3 to {LONGEST} tokens, not {length}: ask for as many"
            )
        return BigramContexts(self.model, length)

    def certify(
        self, contexts: BigramContexts, tick: Callable[[int, int], object]
    ) -> dict[str, Any]:
        """Decide every group of one length.

        Args:
            contexts: of that length.
            tick: called with the number of steps done and of all steps.

        Returns:
            The certificate, as JSON; ``seal`` is the sha256 of all the rest.
        """
        start, tokens = time.perf_counter(), self.task.tokens.tolist()
        ends = [(before, query) for query in tokens for before in tokens if before != query]
        rows: list[DecidedGroup] = []
        for done, (before, query) in enumerate(ends):
            tick(done, len(ends))
            rows += self.groups(contexts, before, query)
        content = {
            "checkpoint_sha256": self.sha256,
            "task": self.task.name,
            "length": contexts.length,
            "arithmetic": "real",
            "rows": [row.to_json() for row in rows],
            "proved_fraction": sum(row.verdict is Verdict.PROVED for row in rows) / len(rows),
            "horizon": {},
            "beyond": [],
            "horizon_searched": None,
            "proofs": [],
            "accuracy": {
                "length": contexts.length,
                "lower": self._share(rows, contexts.length),
                "upper": 1.0,
                "distribution": DISTRIBUTION,
                "arithmetic": "real",
            },
            "accuracies": [],
            "seconds": time.perf_counter() - start,
        }
        return {**content, "seal": seal(content)}
