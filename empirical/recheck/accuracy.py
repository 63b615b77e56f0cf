"""Accuracies over the inputs that a task draws, for a model of one block and one head.

An answer loses to a rival where a sum of independent terms is at most zero (``tail``). Over the
rivals the chances add up at most; at least, those of any few rivals do, less the chances that two
of them win at once (Bonferroni), which happens only where the two sums add up to at most zero.
"""

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from empirical.recheck.float32 import NO_SLACK
from empirical.recheck.floats import Floats, down
from empirical.recheck.one_block import OneBlock
from empirical.recheck.sums import Rows, unseen
from empirical.recheck.tail import PositionSum, chance_at_most_zero
from empirical.recheck.task import Domain

ROUNDING = 2.0**-40
"""Covers adding up chances in floats."""


class Chances:
    """The sums of one query at one length, over inputs drawn by the task.

    The answer, its place and every other token are uniform over what the task allows.

    Args:
        model: the tables.
        domain: the inputs.
        length: tokens per input.
    """

    def __init__(self, model: OneBlock, domain: Domain, length: int) -> None:
        self.domain, self.length, self.tokens = domain, length, model.block.config.tokens
        with np.errstate(all="ignore"):
            self.weights = model.floats.weights(0, domain.query, length, self._allowed())
            self.forms = model.floats.forms(0, domain.query, NO_SLACK)
        self.slots = np.array([place - 1 for place in domain.places])

    def _allowed(self) -> np.ndarray:
        """Which token may stand where: a weight that none has would dwarf those that are drawn."""
        allowed = np.zeros((self.length, self.tokens), dtype=bool)
        allowed[0, self.domain.query] = True
        allowed[1:, list(self.domain.others)] = True
        allowed[np.ix_(list(self.domain.places), list(self.domain.answers))] = True
        return allowed

    def bounds(self, answer: int, rivals: Sequence[int]) -> tuple[float, float]:
        """At most and at least the chance that an answer wins.

        Args:
            answer: the token.
            rivals: whose wins bound the chance from above.
        """
        others = [token for token in range(self.tokens) if token != answer]
        most = {rival: self._lost(answer, [(answer, rival)]) for rival in others}
        lower = max(0.0, 1 - math.fsum(most.values()) - ROUNDING)
        failing = 0.0
        for at, rival in enumerate(rivals):
            failing += 1 - self._lost(answer, [(rival, answer)])
            for other in rivals[:at]:
                both = self._lost(answer, [(answer, rival), (answer, other)])
                failing -= min(most[rival], most[other], both)
        return lower, min(1.0, 1 - failing + ROUNDING)

    @cached_property
    def _direction(self) -> Floats:
        """The masses of tokens in the mean stream: the sums' bounds touch the norm there."""
        domain, table = self.domain, self.weights.values
        others, answers = list(domain.others), list(domain.answers)
        share = np.zeros(self.length)
        share[list(domain.places)] = 1 / len(domain.places)
        masses = np.zeros(self.tokens)
        masses[domain.query] += table[0, domain.query]
        masses[others] += ((1 - share[1:, None]) * table[1:, others]).sum(axis=0) / len(others)
        masses[answers] += (share[1:, None] * table[1:, answers]).sum(axis=0) / len(answers)
        return masses

    def _lost(self, answer: int, pairs: Sequence[tuple[int, int]]) -> float:
        """At most the chance that the sums of some pairs, added up, are at most zero."""
        with np.errstate(all="ignore"):
            return self._lost_in_floats(answer, pairs)

    def _lost_in_floats(self, answer: int, pairs: Sequence[tuple[int, int]]) -> float:
        form = np.zeros(self.tokens)
        for above, below in pairs:
            form = down(form + self.forms.against(above, [below], NO_SLACK, self._direction)[0])
        lowered = self.weights.lowered(form)
        table, domain = self.weights.values, self.domain
        terms = table[1:] * lowered
        too_small = self.length * unseen(Rows(lowered[None], np.array([answer])))[0]
        constant = down(table[0, domain.query] * lowered[domain.query] - too_small)
        law = PositionSum(
            float(constant), terms[:, list(domain.others)], terms[:, answer], self.slots
        )
        return chance_at_most_zero(law)
