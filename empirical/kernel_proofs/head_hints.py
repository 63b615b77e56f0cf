"""Thresholds with which the kernel's check of several heads succeeds.

Nothing here is trusted: a bad hint makes a check fail. The check (``HeadClaims.v``) shows that each
head's average is above a threshold of its own, and that the thresholds and what the query adds by
itself do not sum below 0. The last norm is bounded along, or from, a focus: the stream if each head
read one token alone, usually the answer. The same averages are computed here in floats, to choose
thresholds.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
from flint import arb_mat
from jaxtyping import Float64

from empirical.certificates.arithmetic.rounding import from_balls
from empirical.certificates.one_layer.gptj import OneLayerModel
from empirical.kernel_proofs.hints import (
    MOST_PARTS,
    Attempt,
    BySplit,
    Hint,
    HintLeaf,
    Tree,
    UnsettledError,
)
from empirical.tasks.task import Domain

UNITS = 1 << 32
"""Thresholds are integers of this many to one; ``threshold_bits`` of the check."""
KEPT = 0.02
"""Part of what the averages are above zero together that no threshold is lowered by."""
CAUTION = 1e-9
"""A sum counts as positive if it is above this part of the sizes of what is added up."""
MOST_PARTED = 4
"""Heads: with more, no other focus is tried than the usual."""
PASSES = 12
"""How often a least average is improved; each pass runs the worst input of the last."""

Focus: TypeAlias = tuple[int, ...]
"""A token for each head."""


@dataclass(frozen=True, eq=False)
class Values:
    """What decides between one answer and one rival.

    Attributes:
        first: what the query adds by itself, with the biases in it.
        of_heads: what each token adds if a head reads it alone.
    """

    first: float
    of_heads: Float64[np.ndarray, "heads tokens"]


class HeadInputs:
    """The inputs that end in one query, and what each head adds on them.

    Attributes:
        domain: the inputs of the longest length.
        masses: of each token at each distance, by head, up to a factor for each head.
    """

    def __init__(self, model: OneLayerModel, domain: Domain, longest: int) -> None:
        query = domain.query
        self.domain = domain
        self.masses = np.stack(
            [
                np.exp(model.tables(query, head).scores(0, longest))
                for head in range(model.config.n_head)
            ]
        )
        self.masses /= self.masses.max(axis=(1, 2), keepdims=True)
        self._direct = _floats(model.direct_linear)[query]
        self._written = np.stack([_floats(written) for written in model.written_linear])
        self._direct_slant = _floats(model.direct_slant)[query]
        self._written_slant = np.stack([_floats(written) for written in model.written_slant])
        self._epsilon = float(model.ground.mid()) ** 2
        self._bias = np.array([float(ball.mid()) for ball in model.bias])

    @property
    def classes(self) -> int:
        """How many tokens may be answered."""
        return self._bias.size

    def values(self, answer: int, rival: int, focus: Focus) -> Values:
        """What decides between an answer and a rival, with these tokens as focus."""
        read = self._written_slant[np.arange(len(focus)), list(focus)]
        stream = self._direct_slant + read.sum(axis=0)
        spread = math.sqrt(float(stream @ stream) + self._epsilon)
        first = float(self._direct[answer] - self._direct[rival])
        linear = self._written[:, :, answer] - self._written[:, :, rival]
        bias = float(self._bias[answer] - self._bias[rival])
        if bias >= 0:
            factor = bias / spread
            own = float(self._direct_slant @ stream) + self._epsilon
            return Values(first + factor * own, linear + factor * (self._written_slant @ stream))
        off = np.linalg.norm(self._written_slant - read[:, None], axis=2)
        return Values(first + bias * spread, linear + bias * off)

    def worst(
        self,
        head: int,
        values: Float64[np.ndarray, " tokens"],
        length: int,
        known: dict[int, int],
    ) -> tuple[float, float, int]:
        """The least sum of mass times value over inputs; that input's masses and heaviest token."""
        mine = self.masses[head, :length]
        terms = mine * values
        tokens = self.domain.others[terms[:, self.domain.others].argmin(axis=1)]
        for distance, token in known.items():
            tokens[distance] = token
        rows = np.arange(length)
        weights = np.bincount(tokens, mine[rows, tokens])
        return float(terms[rows, tokens].sum()), float(weights.sum()), int(weights.argmax())

    def least_average(
        self,
        head: int,
        values: Float64[np.ndarray, " tokens"],
        length: int,
        known: dict[int, int],
    ) -> tuple[float, int]:
        """About the least average over inputs with some tokens known; its heaviest token."""
        average, heaviest = float(values.max()), 0
        for _ in range(PASSES):
            below, total, heaviest = self.worst(head, values - average, length, known)
            lower = average + below / total
            if not lower < average:
                break
            average = lower
        return average, heaviest


def _floats(balls: arb_mat) -> Float64[np.ndarray, "rows columns"]:
    """The middles of balls."""
    return from_balls(balls)[0]


def head_hints(inputs: HeadInputs, answers: Sequence[int], first: int, last: int) -> Iterator[Hint]:
    """The hints that the claims of one query need, at lengths from first to last.

    Yields:
        Hints of the pairs for which thresholds were found.
    """
    for answer in answers:
        for rival in range(inputs.classes):
            if rival != answer:
                with suppress(UnsettledError):
                    pair = _HeadPair(inputs, answer, rival)
                    yield Hint(answer, rival, tuple(pair.attempts(first, last)))


class _HeadPair:
    """One answer and one rival of a query."""

    def __init__(self, inputs: HeadInputs, answer: int, rival: int) -> None:
        self.inputs, self.answer, self.rival = inputs, answer, rival
        self.parts = 0
        self._values: dict[Focus, Values] = {}

    def attempts(self, first: int, last: int) -> list[Attempt]:
        """What shows the pair at each length and place, the shortest first."""
        attempts: list[Attempt] = []
        for place in self.inputs.domain.distances:
            length, least = last, max(first, place + 1)
            while length >= least:
                attempt = self._up_to(length, least, place)
                attempts.append(attempt)
                length = attempt.first - 1
        return sorted(attempts, key=lambda attempt: attempt.first)

    def _up_to(self, length: int, least: int, place: int) -> Attempt:
        """What shows a length and as many just below it as it can."""
        known = {0: self.inputs.domain.query, place: self.answer}
        leaf = self._leaf(length, known)
        if leaf is None:
            self.parts = 0
            return Attempt(length, length, (place,), self._tree(length, known))
        start = length
        while start > least and self._holds(leaf, start - 1, known):
            start -= 1
        return Attempt(start, length, (place,), leaf)

    def _of(self, focus: Focus) -> Values:
        if focus not in self._values:
            self._values[focus] = self.inputs.values(self.answer, self.rival, focus)
        return self._values[focus]

    def _leaf(self, length: int, known: dict[int, int]) -> HintLeaf | None:
        """A threshold for each head, with the first focus that allows it; none if none does."""
        heads = len(self.inputs.masses)
        usual = (self.answer,) * heads
        leaf, heaviest = self._with_focus(usual, length, known)
        if leaf is not None or heads > MOST_PARTED:
            return leaf
        choices = [dict.fromkeys((self.answer, self.rival, token)) for token in heaviest]
        others = (focus for focus in product(*choices) if focus != usual)
        leaves = (self._with_focus(focus, length, known)[0] for focus in others)
        return next((leaf for leaf in leaves if leaf is not None), None)

    def _with_focus(
        self, focus: Focus, length: int, known: dict[int, int]
    ) -> tuple[HintLeaf | None, Focus]:
        """Thresholds with a focus, if there are; each head's heaviest token where it is least."""
        values = self._of(focus)
        least = [
            self.inputs.least_average(head, mine, length, known)
            for head, mine in enumerate(values.of_heads)
        ]
        heaviest = tuple(token for _, token in least)
        surplus = values.first + sum(average for average, _ in least)
        if not surplus > 0:
            return None, heaviest
        lowered = (1 - KEPT) * surplus / len(least)
        thresholds = [math.floor((average - lowered) * UNITS) for average, _ in least]
        leaf = HintLeaf(tuple(zip(focus, thresholds, strict=True)))
        return (leaf if self._holds(leaf, length, known) else None), heaviest

    def _holds(self, leaf: HintLeaf, length: int, known: dict[int, int]) -> bool:
        """Is every head's average above its threshold, and their sum not below 0?"""
        values = self._of(tuple(token for token, _ in leaf.towards))
        size = abs(values.first) + float(np.abs(values.of_heads).max())
        thresholds = [threshold / UNITS for _, threshold in leaf.towards]
        if not values.first + sum(thresholds) > CAUTION * size:
            return False
        for head, threshold in enumerate(thresholds):
            shifted = values.of_heads[head] - threshold
            below, total, _ = self.inputs.worst(head, shifted, length, known)
            if not below > CAUTION * float(np.abs(shifted).max()) * total:
                return False
        return True

    def _tree(self, length: int, known: dict[int, int]) -> Tree:
        """What shows one length with some tokens known: thresholds, or a split at a distance."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise UnsettledError
        leaf = self._leaf(length, known)
        if leaf is not None:
            return leaf
        free = [distance for distance in range(1, length) if distance not in known]
        if not free:
            raise UnsettledError
        others = self.inputs.domain.others
        heaviest = self.inputs.masses[:, :, others].max(axis=(0, 2))
        at = max(free, key=lambda distance: float(heaviest[distance]))
        branches = [(y, self._tree(length, {**known, at: y})) for y in others.tolist()]
        return BySplit(at, tuple(branches))
