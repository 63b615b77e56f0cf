"""Walks over letters: one stop tracked, the last token, which makes every hop itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from empirical.certificates.multi_hop.final import Ids, Leads, Sums, divisor_above, least_terms
from empirical.certificates.multi_hop.forms import (
    raised,
    sum_above,
    sum_below,
)
from empirical.certificates.multi_hop.scores import score_bounds, unnormalised_weights
from empirical.certificates.multi_hop.states import Generic, States, Tracked
from empirical.tasks.letter_walk import LetterWalk

Walks = Int64[np.ndarray, "walks stops"]
PerWalk = Float64[np.ndarray, " walks"]
Weights = Float64[np.ndarray, "walks distances tokens"]


@dataclass(frozen=True, eq=False)
class Ways:
    """Walks of equally many hops as far as the last layer's query depends on them.

    With as many hops as layers that is all but the answer, which only the last layer fetches.

    Attributes:
        tokens: of the walk from the last token on, ``[ways, known]``.
        hops: of the whole walk.
        off: which tokens may stand off the walk.
        ends: which tokens may be the answer.
    """

    tokens: Int64[np.ndarray, "ways known"]
    hops: int
    off: Bool[np.ndarray, "ways tokens"]
    ends: Bool[np.ndarray, "ways tokens"]

    @classmethod
    def of(cls, task: LetterWalk, walks: Walks, layers: int) -> tuple["Ways", Ids]:
        """The ways of some walks, and which is each walk's."""
        tokens, way = np.unique(walks[:, :layers], axis=0, return_inverse=True)
        way = way.reshape(-1)
        off = np.zeros((len(tokens), len(task.entries)), dtype=bool)
        ends = np.zeros_like(off)
        for number, walk in zip(way.tolist(), walks.tolist(), strict=True):
            off[number] = task.off(tuple(walk))
            ends[number, walk[-1]] = True
        return cls(tokens, walks.shape[1] - 1, off, ends), way

    def stop(self, number: int) -> Bool[np.ndarray, "ways tokens"]:
        """Which tokens may be one stop of the walk."""
        if number == self.hops:
            return self.ends
        return np.asarray(np.arange(self.off.shape[1]) == self.tokens[:, number, None])

    @property
    def possible(self) -> Bool[np.ndarray, "ways tokens"]:
        """Which tokens may stand anywhere."""
        stops = [self.stop(number) for number in range(self.hops + 1)]
        possible: Bool[np.ndarray, "ways tokens"] = self.off | np.logical_or.reduce(stops)
        return possible


def track(
    generics: Sequence[Generic], ways: Ways, length: int
) -> tuple[States, Ids, list[PerWalk]]:
    """Follow the last token to the last layer.

    Args:
        generics: any position, before each layer.
        ways: what is known of its walks.
        length: tokens per input.

    Returns:
        Its states there, which of them is each way's, and the leak of each layer before.
    """
    state: States = generics[0]
    index, leaks = ways.tokens[:, 0], []
    for layer, generic in enumerate(generics[:-1]):
        following = min(layer + 1, ways.hops)
        low, high = (part[index] for part in score_bounds(state, generic, length))
        leak = _leak(ways, following, low, high)
        leaks.append(leak)
        target = ways.tokens[:, following]
        state = Tracked(state, index, leak, generic, target, generic)
        index = np.arange(len(ways.tokens))
    return state, index, leaks


def _leak(ways: Ways, following: int, low: Weights, high: Weights) -> PerWalk:
    """The most weight that is not on the next stop, wherever the stops stand and whatever else."""
    low, high = unnormalised_weights(low, high, ways.possible)
    rows = np.arange(len(high))
    off = np.where(ways.off[:, None], high, 0.0).max(axis=2)[:, 1:]
    heaviest = [high[rows, 0, ways.tokens[:, 0]], *off.T]
    for number in range(1, ways.hops + 1):
        if number != following:
            stop = np.where(ways.stop(number)[:, None], high, 0.0).max(axis=2)[:, 1:]
            heaviest.append(np.maximum((stop - off).max(axis=1), 0.0))
    target = np.where(ways.stop(following)[:, None], low, np.inf).min(axis=2)[:, 1:]
    rest = sum_above(sum_above(*heaviest)[:, None], -off)
    leak: PerWalk = np.minimum(raised(rest / (rest + target)), 1.0).max(axis=1)
    return leak


def margins(
    generics: Sequence[Generic], task: LetterWalk, walks: Walks, length: int
) -> Iterator["LetterSums"]:
    """The sums of every walk's last layer, answer by answer.

    Args:
        generics: any position, before each layer.
        task: whose walks.
        walks: of equally many hops.
        length: tokens per input.

    Yields:
        Those of the walks that share an answer.
    """
    ways, way = Ways.of(task, walks, len(generics))
    state, index, _ = track(generics, ways, length)
    low, high = (part[index] for part in score_bounds(state, generics[-1], length))
    low, high = unnormalised_weights(low, high, ways.possible)
    tokens = np.arange(len(task.entries))
    for answer in np.unique(walks[:, -1]).tolist():
        rivals = tokens[tokens != answer]
        leads = Leads.of(state, np.full(rivals.size, answer), rivals)
        mine = np.flatnonzero(walks[:, -1] == answer)
        mine_ways = way[mine]
        stops = index[mine_ways]
        divisor = divisor_above(
            state, np.repeat(stops, tokens.size), generics[-1], np.tile(tokens, stops.size)
        ).reshape(stops.size, tokens.size)
        adds = sum_below(
            leads.direct[:, stops, None],
            leads.values(generics[-1])[:, None],
            leads.bias_terms(divisor),
        )
        weighed = low[mine_ways], high[mine_ways]
        yield LetterSums(walks[mine], rivals, *weighed, adds, ways.off[mine_ways])


@dataclass(frozen=True, eq=False)
class LetterSums(Sums):
    """The sums of walks over letters.

    Attributes:
        off: which tokens may stand off each walk.
    """

    off: Bool[np.ndarray, "walks tokens"]

    def together(self) -> PerWalk:
        """See ``Sums.together``."""
        return self._least(np.arange(len(self.walks)), self.adds.min(axis=0))

    def apart(self, walks: Ids) -> Float64[np.ndarray, "rivals some"]:
        """See ``Sums.apart``."""
        return np.stack([self._least(walks, adds[walks]) for adds in self.adds])

    def worst(self, walk: int, rival: int) -> tuple[int, ...]:
        """See ``Sums.worst``; stops take places one after the other, the most harmful first."""
        terms = least_terms(self.low[walk], self.high[walk], self.adds[rival, walk])
        off = np.where(self.off[walk], terms, np.inf)
        by_distance = off.argmin(axis=1)
        cost = terms[:, self.walks[walk, 1:]] - off.min(axis=1)[:, None]
        cost[0] = np.inf
        for _ in range(cost.shape[1]):
            distance, stop = np.unravel_index(cost.argmin(), cost.shape)
            by_distance[distance] = self.walks[walk, 1 + stop]
            cost[distance], cost[:, stop] = np.inf, np.inf
        by_distance[0] = self.walks[walk, 0]
        return tuple(by_distance[::-1].tolist())

    def _least(self, walks: Ids, adds: Float64[np.ndarray, "some tokens"]) -> PerWalk:
        """Lower bounds of the sums of some walks over all their inputs, given what tokens add.

        Each stop of a walk stands at one distance, and takes the place of what is worst there.
        """
        rows = np.arange(walks.size)
        terms = least_terms(self.low[walks], self.high[walks], adds[:, None])
        off = np.where(self.off[walks][:, None], terms, np.inf).min(axis=2)[:, 1:]
        parts = [terms[rows, 0, self.walks[walks, 0]], *off.T]
        for stop in self.walks[walks, 1:].T:
            taken = np.take_along_axis(terms[:, 1:], stop[:, None, None], axis=2)[:, :, 0]
            parts.append(sum_below(taken, -off).min(axis=1))
        return sum_below(*parts)
