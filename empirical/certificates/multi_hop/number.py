"""Walks over integers: every stop tracked, as each fetches what the next one holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from empirical.certificates.multi_hop.final import Ids, Leads, Sums, divisor_above, least_terms
from empirical.certificates.multi_hop.forms import (
    Array,
    raised,
    sum_above,
    sum_below,
)
from empirical.certificates.multi_hop.scores import score_bounds, unnormalised_weights
from empirical.certificates.multi_hop.states import Generic, States, Tracked
from empirical.tasks.number_walk import NumberWalk

Walks = Int64[np.ndarray, "walks stops"]
Windows = Int64[np.ndarray, "windows stops"]
Weights = Float64[np.ndarray, "asking distances tokens"]
PerWalk = Float64[np.ndarray, " walks"]


@dataclass(frozen=True, eq=False)
class WalkLevel:
    """Stops before one layer, told apart by as many tokens of the walk as they depend on.

    Attributes:
        windows: the token of the stop and of those after it; a row per state.
        states: what their streams can be.
    """

    windows: Windows
    states: States

    def find(self, windows: Windows) -> Int64[np.ndarray, " some"]:
        """The numbers of some windows."""
        where = {tuple(row): number for number, row in enumerate(self.windows.tolist())}
        return np.array([where[tuple(row)] for row in windows.tolist()])


def levels(
    generics: Sequence[Generic], task: NumberWalk, walks: Walks, length: int
) -> tuple[list[WalkLevel], list[Array]]:
    """Follow every stop of some walks to the last layer.

    Args:
        generics: any position, before each layer.
        task: whose walks.
        walks: one jump per layer.
        length: tokens per input.

    Returns:
        The stops before each layer, and the leaks of each layer but the last.
    """
    tokens = np.arange(len(task.entries))[:, None]
    reached, leaks = [WalkLevel(tokens, generics[0])], []
    for depth, generic in enumerate(generics[:-1], start=1):
        pieces = [walks[:, k : k + depth + 1] for k in range(walks.shape[1] - depth)]
        windows = np.unique(np.concatenate(pieces), axis=0)
        before = reached[-1]
        parent = before.find(windows[:, :-1])
        low, high = _weights(score_bounds(before.states, generic, length), task)
        leak = _leak(task, windows, low[parent], high[parent])
        leaks.append(leak)
        states = Tracked(
            before.states, parent, leak, before.states, before.find(windows[:, 1:]), generic
        )
        reached.append(WalkLevel(windows, states))
    return reached, leaks


def _weights(scores: tuple[Weights, Weights], task: NumberWalk) -> tuple[Weights, Weights]:
    """Bounds of unnormalised weights of scores that lie between two."""
    possible = np.isin(np.arange(scores[0].shape[2]), task.tokens)
    return unnormalised_weights(*scores, possible[None])


def _leak(task: NumberWalk, windows: Windows, low: Weights, high: Weights) -> Array:
    """The most weight that is not on the next stop, whatever stands anywhere else."""
    rows = np.arange(len(windows))
    jump = task.jumps[windows[:, 0]]
    heaviest = high.max(axis=2)
    heaviest[:, 0] = high[rows, 0, windows[:, 0]]
    heaviest[rows, jump] = 0.0
    rest = sum_above(*heaviest.T)
    target = low[rows, jump, windows[:, 1]]
    leak: Array = np.minimum(raised(rest / (rest + target)), 1.0)
    return leak


def margins(
    generics: Sequence[Generic], task: NumberWalk, walks: Walks, length: int
) -> Iterator["NumberSums"]:
    """The sums of every walk's last layer, answer by answer.

    Args:
        generics: any position, before each layer.
        task: whose walks.
        walks: one jump per layer.
        length: tokens per input.

    Yields:
        Those of the walks that share an answer.
    """
    reached, _ = levels(generics, task, walks, length)
    last = reached[-1]
    low, high = _weights(score_bounds(last.states, generics[-1], length), task)
    asks, target = last.find(walks[:, :-1]), last.find(walks[:, 1:])
    classes = np.arange(len(task.entries))
    for answer in np.unique(walks[:, -1]).tolist():
        rivals = classes[classes != answer]
        leads = Leads.of(last.states, np.full(rivals.size, answer), rivals)
        mine = np.flatnonzero(walks[:, -1] == answer)
        stops, next_stops = asks[mine], target[mine]
        every = np.repeat(stops, classes.size), np.tile(classes, stops.size)
        divisor = divisor_above(last.states, every[0], generics[-1], every[1])
        direct = leads.direct[:, stops]
        adds = sum_below(
            direct[:, :, None],
            leads.values(generics[-1])[:, None],
            leads.bias_terms(divisor.reshape(stops.size, classes.size)),
        )
        next_adds = sum_below(
            direct,
            leads.values(last.states)[:, next_stops],
            leads.bias_terms(divisor_above(last.states, stops, last.states, next_stops)),
        )
        weighed = low[stops], high[stops]
        yield NumberSums(walks[mine], rivals, *weighed, adds, task, next_adds)


@dataclass(frozen=True, eq=False)
class NumberSums(Sums):
    """The sums of walks over integers.

    Attributes:
        task: whose walks.
        next_adds: what the next stop adds to the lead per unit, ``[rivals, walks]``.
    """

    task: NumberWalk
    next_adds: Float64[np.ndarray, "rivals walks"]

    def together(self) -> PerWalk:
        """See ``Sums.together``."""
        every = np.arange(len(self.walks))
        return sum_below(*self._parts(every, self.adds.min(axis=0), self.next_adds.min(axis=0)).T)

    def apart(self, walks: Ids) -> Float64[np.ndarray, "rivals some"]:
        """See ``Sums.apart``."""
        pairs = zip(self.adds, self.next_adds, strict=True)
        parts_of_pairs = [
            self._parts(walks, adds[walks], following[walks]) for adds, following in pairs
        ]
        return np.stack([sum_below(*parts.T) for parts in parts_of_pairs])

    def worst(self, walk: int, rival: int) -> tuple[int, ...]:
        """See ``Sums.worst``."""
        terms = least_terms(self.low[walk], self.high[walk], self.adds[rival, walk])
        by_distance = self.task.tokens[terms[:, self.task.tokens].argmin(axis=1)]
        for distance, token in zip(*self._stops(np.array([walk])), strict=True):
            by_distance[distance] = token
        return tuple(by_distance[::-1].tolist())

    def _stops(self, walks: Ids) -> tuple[list[Ids], list[Ids]]:
        """At which distance each stop of some walks stands, and its token."""
        tokens = self.walks[walks]
        jumps = self.task.jumps[tokens[:, :-1]].cumsum(axis=1)
        distances = np.hstack([np.zeros((walks.size, 1), dtype=np.int64), jumps])
        return list(distances.T), list(tokens.T)

    def _parts(
        self,
        walks: Ids,
        adds: Float64[np.ndarray, "some tokens"],
        next_adds: Float64[np.ndarray, " some"],
    ) -> Float64[np.ndarray, "some distances"]:
        """Lower bounds of what each position of some walks adds, given what tokens add."""
        rows = np.arange(walks.size)
        low, high = self.low[walks], self.high[walks]
        terms = least_terms(low, high, adds[:, None])
        parts = terms[:, :, self.task.tokens].min(axis=2)
        for stop, (distance, token) in enumerate(zip(*self._stops(walks), strict=True)):
            at = rows, distance, token
            next_stop = stop == 1
            parts[rows, distance] = (
                least_terms(low[at], high[at], next_adds) if next_stop else terms[at]
            )
        return np.asarray(parts)
