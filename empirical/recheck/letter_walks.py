"""Walks over letters, shown again: the last token is followed through the layers."""

from collections.abc import Sequence

import numpy as np

from empirical.recheck.checkpoint import Checkpoint
from empirical.recheck.floats import UNIT, Bounds, Floats, down, up
from empirical.recheck.near import ROOM, Flags
from empirical.recheck.streams import AnyPosition, Followed, StreamSet
from empirical.recheck.walk_scores import (
    LastLead,
    Rotation,
    WeightBounds,
    last_divisors,
    least_product,
    score_bounds,
)
from empirical.recheck.walks import LetterWalks, Walk


class LetterStops:
    """The last token of all walks of equally many hops, before each layer.

    Walks that agree in as many tokens as there are layers are one *way*: up to the last layer
    nothing depends on more.

    Args:
        checkpoint: of the network.
        anything: any position, before each layer.
        task: whose walks.
        walks: all of them of this many hops.
        rotation: of the length.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        anything: Sequence[AnyPosition],
        task: LetterWalks,
        walks: Sequence[Walk],
        rotation: Rotation,
    ) -> None:
        self.checkpoint, self.last, self.rotation = checkpoint, anything[-1], rotation
        self.tokens, self.hops = len(task.entries), len(walks[0]) - 1
        self.ways: dict[Walk, int] = {}
        off, ends = [], []
        for walk in walks:
            known = walk[: len(anything)]
            if known not in self.ways:
                self.ways[known] = len(self.ways)
                off.append(_mask(self.tokens, task.off(walk)))
                ends.append(_mask(self.tokens, []))
            ends[self.ways[known]][walk[-1]] = True
        self.off, self._ends = np.array(off), np.array(ends)
        self._known = list(self.ways)
        self.stops, self.index = self._followed(anything)
        scores = score_bounds(self.stops, self.last, rotation)
        self.weights = self._weights(scores, self.index)

    def _followed(self, anything: Sequence[AnyPosition]) -> tuple[StreamSet, list[int]]:
        """The last token before the last layer, and which of its sets is each way's."""
        stops: StreamSet = anything[0]
        index = [known[0] for known in self._known]
        for layer, everywhere in enumerate(anything[:-1]):
            following = min(layer + 1, self.hops)
            scores = score_bounds(stops, everywhere, self.rotation)
            leak = self._leak(self._weights(scores, index), following)
            target = [known[following] for known in self._known]
            stops = Followed(
                self.checkpoint, layer + 1, stops, index, leak, everywhere, target, everywhere
            )
            index = list(range(len(self._known)))
        return stops, index

    def _weights(self, scores: Bounds, index: list[int]) -> WeightBounds:
        possible = self.off.copy()
        for number in range(self.hops + 1):
            possible |= self._may_be(number)
        return WeightBounds.of(scores[index], possible)

    def _may_be(self, number: int) -> Flags:
        """Which tokens may be a stop of each way: ways × tokens."""
        if number == self.hops:
            return self._ends
        masks = [_mask(self.tokens, [known[number]]) for known in self._known]
        return np.array(masks)

    def _leak(self, weights: WeightBounds, following: int) -> Floats:
        """At least the weight of all that is not the next stop, wherever the stops stand.

        Any other position weighs as the heaviest token off the walk; each other stop, once, by what
        it may weigh more than that; and the last token itself stands at distance 0.
        """
        own = weights.high[range(len(self._known)), 0, [known[0] for known in self._known]]
        off = np.where(self.off[:, None], weights.high, 0.0).max(axis=2)[:, 1:]
        others = own
        for number in range(1, self.hops + 1):
            if number != following:
                may_be = self._may_be(number)[:, None]
                stop = np.where(may_be, weights.high, 0.0).max(axis=2)[:, 1:]
                others = up(others + np.maximum(up(stop - off).max(axis=1), 0.0))
        total = up(others + up(off.sum(axis=1) * ROOM))
        rest = np.maximum(up(total[:, None] - off), 0.0)
        target = np.where(self._may_be(following)[:, None], weights.low, np.inf).min(axis=2)[:, 1:]
        leak: Floats = np.minimum(up(rest / down(rest + target)), 1.0).max(axis=1)
        return leak

    def shown(self, walks: Sequence[Walk], answer: int) -> list[bool]:
        """Is the answer of some walks above every other class on every input?"""
        rivals = [token for token in range(self.tokens) if token != answer]
        ways = [self.ways[walk[: len(self._known[0])]] for walk in walks]
        stops, every = [self.index[way] for way in ways], range(self.tokens)
        lead = LastLead(self.checkpoint, self.stops, answer, rivals)
        divisors = last_divisors(
            self.stops,
            [stop for stop in stops for _ in every],
            self.last,
            [token for _ in stops for token in every],
        ).reshape(len(stops), self.tokens)
        own, values = lead.own[:, stops], lead.of_values(self.last)
        leads = down(down(own[:, :, None] + values[:, None]) + lead.of_bias(divisors))
        positive = self._least(walks, ways, leads.min(axis=0)) > 0
        hard = [number for number, easy in enumerate(positive.tolist()) if not easy]
        if hard:
            some, their_ways = [walks[k] for k in hard], [ways[k] for k in hard]
            apart = [self._least(some, their_ways, lead[hard]) > 0 for lead in leads]
            positive[hard] = np.array(apart).all(axis=0)
        return [bool(one) for one in positive]

    def _least(self, walks: Sequence[Walk], ways: list[int], leads: Floats) -> Floats:
        """At most the sum of any input of each walk, from what each token adds: walks × tokens."""
        weights = WeightBounds(self.weights.low[ways], self.weights.high[ways])
        terms = least_product(weights, leads[:, None])
        off = np.where(self.off[ways][:, None], terms, np.inf).min(axis=2)[:, 1:]
        rows = range(len(walks))
        total = down(sum_down(off) + terms[rows, 0, [walk[0] for walk in walks]])
        for stop in range(1, self.hops + 1):
            there = terms[rows, :, [walk[stop] for walk in walks]][:, 1:]
            total = down(total + down(there - off).min(axis=1))
        return total


def sum_down(terms: Floats) -> Floats:
    """At most the sums of the last axis."""
    count = terms.shape[-1] + 2
    rounded = count * UNIT * np.abs(terms).sum(axis=-1) * ROOM
    return down(terms.sum(axis=-1) - up(rounded))


def _mask(tokens: int, those: Sequence[int]) -> Flags:
    """Which of all tokens are among some."""
    mask = np.zeros(tokens, dtype=bool)
    mask[list(those)] = True
    return mask
