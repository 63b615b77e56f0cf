"""Choices that let the kernel's check succeed where its own first choice does not.

Nothing here is trusted: a bad hint makes a check fail. The check (``Claims.v``) bounds the
difference of two logits by a walk over distances. Where the biases help the answer it needs a
direction, by default the stream of the answer alone; and pieces may be parted by the token at a
distance. The same bounds are computed here in floats, to find out which pairs need what.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int

from empirical.certificates.one_layer.tables import Tables
from empirical.tasks.task import Domain

CAUTION = 1e-10
"""A bound counts as positive if it is above this part of the sizes of what is added up."""
TOUCHES = 6
"""How often a direction is moved to the worst input found with it."""
MOST_PARTS = 1000
"""Into which one piece is parted before the search gives up."""
GRAIN = 1 << 20
"""Parts of a direction are integers up to this."""


class UnsettledError(Exception):
    """No tree was found."""


Direction: TypeAlias = tuple[tuple[int, int], ...]
"""Tokens, each with its part."""


@dataclass(frozen=True)
class HintLeaf:
    """A bound along a direction shows it.

    Attributes:
        towards: the direction.
    """

    towards: Direction


@dataclass(frozen=True)
class BySplit:
    """One part for each token that may stand at a distance.

    Attributes:
        distance: in positions back from the query.
        branches: tokens, each with what shows its part.
    """

    distance: int
    branches: tuple[tuple[int, "Tree"], ...]


Tree: TypeAlias = HintLeaf | BySplit


@dataclass(frozen=True)
class Attempt:
    """What shows an answer above a rival at some lengths, at some places.

    Attributes:
        first: the least length.
        last: the largest.
        places: of the answer, in positions back; none: all that the query allows.
        tree: what shows it.
    """

    first: int
    last: int
    places: tuple[int, ...] | None
    tree: Tree


@dataclass(frozen=True)
class Hint:
    """What shows an answer above one rival.

    Attributes:
        answer: the class above.
        rival: the class below.
        attempts: which together reach every length and place.
    """

    answer: int
    rival: int
    attempts: tuple[Attempt, ...]


def hints(
    tables: Tables, domain: Domain, answers: Sequence[int], first: int, last: int
) -> Iterator[Hint]:
    """The hints that the claims of one query need.

    Args:
        tables: of the query.
        domain: the inputs of the last length that end in it.
        answers: tokens that are claimed to win.
        first: the least length claimed; shorter ones than the query's first are never asked.
        last: the largest length claimed.

    Yields:
        Hints of the pairs that need one and for which one was found.
    """
    first = max(first, domain.distances.start + 1)
    inputs = _Inputs(tables, domain, last)
    for answer in answers:
        rivals = np.delete(np.arange(tables.bias.size), answer)
        values = np.array([inputs.values(answer, c, ((answer, 1),)) for c in rivals.tolist()])
        settled = inputs.positive(answer, values)[:, first - 2 :]
        for at in np.flatnonzero(~settled.all(axis=1)).tolist():
            with suppress(UnsettledError):
                yield _Pair(inputs, answer, int(rivals[at])).hint(first, last, settled[at])


class _Inputs:
    """The inputs that end in one query, and what each token adds.

    Attributes:
        tables: of the query.
        domain: the inputs.
        masses: of each token at each distance, up to one factor.
    """

    def __init__(self, tables: Tables, domain: Domain, longest: int) -> None:
        self.tables, self.domain = tables, domain
        scores = tables.scores(0, longest)
        self.masses = np.exp(scores - scores.max())

    def values(self, answer: int, rival: int, towards: Direction) -> Float64[np.ndarray, " tokens"]:
        """What each token adds to the bound per mass, along a direction."""
        bias = self.bias(answer, rival)
        linear = self.tables.linear[:, answer] - self.tables.linear[:, rival]
        if bias <= 0 or not self.tables.slants.shape[1]:
            return np.asarray(linear + bias * self.tables.norms)
        tokens, parts = (np.array(column) for column in zip(*towards, strict=True))
        toward = parts.astype(float) @ self.tables.slants[tokens]
        return np.asarray(linear + bias * (self.tables.slants @ toward) / np.linalg.norm(toward))

    def bias(self, answer: int, rival: int) -> float:
        """How far the answer is above the rival by the biases alone."""
        return float(self.tables.bias[answer] - self.tables.bias[rival])

    def least(
        self, answer: int, values: Float64[np.ndarray, "rivals tokens"]
    ) -> tuple[Float64[np.ndarray, "rivals places"], Float64[np.ndarray, "rivals places"]]:
        """The least term at each distance, and what the answer adds there instead."""
        terms = np.full((len(values), len(self.masses)), np.inf)
        for token in self.domain.others.tolist():
            np.minimum(terms, values[:, token, None] * self.masses[:, token], out=terms)
        terms[:, 0] = values[:, self.domain.query] * self.masses[0, self.domain.query]
        return terms, values[:, answer, None] * self.masses[:, answer] - terms

    def sizes(
        self, answer: int, values: Float64[np.ndarray, "rivals tokens"]
    ) -> Float64[np.ndarray, "rivals places"]:
        """How large the sum of the terms up to each distance may be, times ``CAUTION``.

        Tokens that cannot stand there do not count: another answer may weigh many powers of ten
        more than all that can.
        """
        standing = self.masses[:, self.domain.others].max(axis=1)
        standing[0] = self.masses[0, self.domain.query]
        heaviest = np.cumsum(standing) + np.maximum.accumulate(self.masses[:, answer])
        return np.asarray(CAUTION * np.abs(values).max(axis=1)[:, None] * heaviest)

    def positive(
        self, answer: int, values: Float64[np.ndarray, "rivals tokens"]
    ) -> Bool[np.ndarray, "rivals lengths"]:
        """At which lengths, from 2 on, each bound is positive wherever the answer stands."""
        terms, swaps = self.least(answer, values)
        places = np.arange(len(self.masses))
        open_ = (places >= self.domain.distances.start) & (places < self.domain.distances.stop)
        swaps = np.minimum.accumulate(np.where(open_, swaps, np.inf), axis=1)
        positive: Bool[np.ndarray, "rivals lengths"] = np.cumsum(
            terms, axis=1
        ) + swaps > self.sizes(answer, values)
        return positive[:, 1:]


class _Pair:
    """One answer and one rival of a query."""

    def __init__(self, inputs: _Inputs, answer: int, rival: int) -> None:
        self.inputs, self.answer, self.rival = inputs, answer, rival

    def hint(self, first: int, last: int, settled: Bool[np.ndarray, " lengths"]) -> Hint:
        """What shows the pair at the lengths from first to last."""
        choices: list[tuple[Direction, Bool[np.ndarray, " lengths"]]] = []
        choices.append((((self.answer, 1),), settled))
        if self.inputs.bias(self.answer, self.rival) > 0:
            both = ((self.answer, 1), (self.rival, 1))
            values = self.inputs.values(self.answer, self.rival, both)[None]
            choices.append((both, self.inputs.positive(self.answer, values)[0, first - 2 :]))
        attempts: list[Attempt] = []
        length = first
        while length <= last:
            reaches = [(_run(positive, length - first), towards) for towards, positive in choices]
            run, towards = max(reaches)
            if run:
                attempts.append(Attempt(length, length + run - 1, None, HintLeaf(towards)))
            else:
                attempts += self._at(length, choices[-1][0])
            length += max(run, 1)
        return Hint(self.answer, self.rival, tuple(attempts))

    def _at(self, length: int, towards: Direction) -> Iterator[Attempt]:
        """What shows the pair at one length: a bound where it does, trees at the other places."""
        values = self.inputs.values(self.answer, self.rival, towards)[None]
        terms, swaps = self.inputs.least(self.answer, values)
        bounds = terms[0, :length].sum() + swaps[0]
        good = bounds > self.inputs.sizes(self.answer, values)[0, length - 1]
        distances = self.inputs.domain.distances
        places = range(distances.start, min(distances.stop, length))
        settled = tuple(place for place in places if good[place])
        if settled:
            yield Attempt(length, length, settled, HintLeaf(towards))
        for place in places:
            if not good[place]:
                yield Attempt(length, length, (place,), _Parting(self, length, place).tree({}))


class _Parting:
    """Parts the inputs of one length with the answer at one place."""

    def __init__(self, pair: _Pair, length: int, place: int) -> None:
        self.pair, self.inputs, self.place = pair, pair.inputs, place
        self.masses = pair.inputs.masses[:length]
        self.others = pair.inputs.domain.others
        self.bias = pair.inputs.bias(pair.answer, pair.rival)
        self.parts = 0

    def tree(self, fixed: dict[int, int]) -> Tree:
        """What shows the part with some tokens fixed at some distances."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise UnsettledError
        known = {0: self.inputs.domain.query, self.place: self.pair.answer, **fixed}
        direction = self._direction(known)
        if direction is not None:
            return HintLeaf(direction)
        free = [t for t in range(1, len(self.masses)) if t not in known]
        if not free:
            raise UnsettledError
        at = max(free, key=lambda t: float(self.masses[t, self.others].max()))
        branches = [(y, self.tree({**fixed, at: y})) for y in self.others.tolist()]
        return BySplit(at, tuple(branches))

    def _direction(self, known: dict[int, int]) -> Direction | None:
        """A direction along which the bound is positive; none was found if there is none."""
        answer, rival = self.pair.answer, self.pair.rival
        towards: Direction = ((answer, 1),)
        if self.bias <= 0:
            values = self.inputs.values(answer, rival, towards)
            _, bound = self._least(values, known)
            return towards if self._clear(bound + self._bend(known), values) else None
        towards = ((answer, 1), (rival, 1))
        for _ in range(TOUCHES):
            values = self.inputs.values(answer, rival, towards)
            worst, bound = self._least(values, known)
            if self._clear(bound, values):
                return towards
            moved = self._stream(worst)
            if moved == towards:
                return None
            towards = moved
        return None

    def _least(
        self, values: Float64[np.ndarray, " tokens"], known: dict[int, int]
    ) -> tuple[Int[np.ndarray, " length"], float]:
        """The input of the least sum of terms, and that sum."""
        products = self.masses * values
        worst = self.others[products[:, self.others].argmin(axis=1)]
        for distance, token in known.items():
            worst[distance] = token
        return worst, float(products[np.arange(len(worst)), worst].sum())

    def _clear(self, bound: float, values: Float64[np.ndarray, " tokens"]) -> bool:
        sizes = self.inputs.sizes(self.pair.answer, values[None])
        return bound > float(sizes[0, len(self.masses) - 1])

    def _bend(self, known: dict[int, int]) -> float:
        """What known streams added up gain over their norms added up."""
        tokens = np.array(list(known.values()))
        masses = self.masses[np.array(list(known)), tokens]
        apart = float(masses @ self.inputs.tables.norms[tokens])
        together = float(np.linalg.norm(masses @ self.inputs.tables.slants[tokens]))
        return -self.bias * (apart - together)

    def _stream(self, worst: Int[np.ndarray, " length"]) -> Direction:
        """The stream of one input, in whole parts."""
        masses = np.zeros(self.inputs.tables.bias.size)
        np.add.at(masses, worst, self.masses[np.arange(len(worst)), worst])
        whole = np.rint(masses * (GRAIN / masses.max())).astype(int)
        return tuple((token, int(whole[token])) for token in np.flatnonzero(whole).tolist())


def _run(positive: Bool[np.ndarray, " lengths"], start: int) -> int:
    """How many lengths from one on are positive."""
    ends = np.flatnonzero(~positive[start:])
    return int(ends[0]) if ends.size else positive.size - start
