"""Walks over integers, shown again: every stop is followed, as each fetches what the next holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from empirical.recheck.checkpoint import Checkpoint
from empirical.recheck.floats import Floats, down, up
from empirical.recheck.letter_walks import sum_down
from empirical.recheck.near import ROOM
from empirical.recheck.streams import AnyPosition, Followed, StreamSet
from empirical.recheck.walk_scores import (
    LastLead,
    Rotation,
    WeightBounds,
    last_divisors,
    least_product,
    score_bounds,
)
from empirical.recheck.walks import NumberWalks, Walk


@dataclass(frozen=True, eq=False)
class StopsBefore:
    """Every stop before one layer.

    Attributes:
        numbers: of each stretch of a walk, which begins at the stop, as long as it depends on.
        stops: their sets.
    """

    numbers: Mapping[Walk, int]
    stops: StreamSet


class NumberStops:
    """All stops of all walks, before the last layer.

    Args:
        checkpoint: of the network.
        anything: any position, before each layer.
        task: whose walks.
        walks: all of them.
        rotation: of the length.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        anything: Sequence[AnyPosition],
        task: NumberWalks,
        walks: Sequence[Walk],
        rotation: Rotation,
    ) -> None:
        self.checkpoint, self.task, self.last = checkpoint, task, anything[-1]
        self.tokens, self.rotation = len(task.entries), rotation
        before = StopsBefore({(token,): token for token in range(self.tokens)}, anything[0])
        for layer, everywhere in enumerate(anything[:-1]):
            before = self._after(before, everywhere, walks, layer + 1)
        self.before = before
        self.weights = self._weights(before, self.last)

    def _after(
        self, before: StopsBefore, everywhere: AnyPosition, walks: Sequence[Walk], layer: int
    ) -> StopsBefore:
        """The stops before the next layer, whose stretches are one token longer."""
        size = layer + 1
        stretches = sorted(
            {walk[k : k + size] for walk in walks for k in range(len(walk) - size + 1)}
        )
        asking = [before.numbers[stretch[:-1]] for stretch in stretches]
        following = [before.numbers[stretch[1:]] for stretch in stretches]
        leak = self._leak(self._weights(before, everywhere), asking, stretches)
        stops = Followed(
            self.checkpoint,
            layer,
            before.stops,
            asking,
            leak,
            before.stops,
            following,
            everywhere,
        )
        return StopsBefore({stretch: k for k, stretch in enumerate(stretches)}, stops)

    def _weights(self, before: StopsBefore, everywhere: AnyPosition) -> WeightBounds:
        scores = score_bounds(before.stops, everywhere, self.rotation)
        occurs = np.array([entry is not None for entry in self.task.entries])
        return WeightBounds.of(scores, occurs[None])

    def _leak(self, weights: WeightBounds, asking: list[int], stretches: list[Walk]) -> Floats:
        """At least the weight of all that is not the next stop, whatever stands there.

        All distances count, wherever the stop stands.
        """
        rows = range(len(stretches))
        jumps = [self.task.jump(stretch[0]) for stretch in stretches]
        heaviest = weights.high.max(axis=2)[asking]
        heaviest[:, 0] = weights.high[asking, 0, [stretch[0] for stretch in stretches]]
        heaviest[rows, jumps] = 0.0
        rest = up(heaviest.sum(axis=1) * ROOM)
        target = weights.low[asking, jumps, [stretch[1] for stretch in stretches]]
        leak: Floats = np.minimum(up(rest / down(rest + target)), 1.0)
        return leak

    def shown(self, walks: Sequence[Walk], answer: int) -> list[bool]:
        """Is the answer of some walks above every other class on every input?"""
        rivals = [token for token in range(self.tokens) if token != answer]
        stops = [self.before.numbers[walk[:-1]] for walk in walks]
        following = [self.before.numbers[walk[1:]] for walk in walks]
        lead = LastLead(self.checkpoint, self.before.stops, answer, rivals)
        every = range(self.tokens)
        divisors = last_divisors(
            self.before.stops,
            [stop for stop in stops for _ in every],
            self.last,
            [token for _ in stops for token in every],
        ).reshape(len(stops), self.tokens)
        own, values = lead.own[:, stops], lead.of_values(self.last)
        leads = down(down(own[:, :, None] + values[:, None]) + lead.of_bias(divisors))
        alone = last_divisors(self.before.stops, stops, self.before.stops, following)
        next_values = lead.of_values(self.before.stops)[:, following]
        next_leads = down(down(own + next_values) + lead.of_bias(alone))
        positive = self._least(walks, stops, leads.min(axis=0), next_leads.min(axis=0)) > 0
        hard = [number for number, easy in enumerate(positive.tolist()) if not easy]
        if hard:
            some, their_stops = [walks[k] for k in hard], [stops[k] for k in hard]
            apart = [
                self._least(some, their_stops, one[hard], other[hard]) > 0
                for one, other in zip(leads, next_leads, strict=True)
            ]
            positive[hard] = np.array(apart).all(axis=0)
        return [bool(one) for one in positive]

    def _least(
        self, walks: Sequence[Walk], stops: list[int], leads: Floats, next_leads: Floats
    ) -> Floats:
        """At most the sum of any input of each walk.

        Args:
            walks: which.
            stops: the set of the last token of each.
            leads: at most what each token adds per unit of weight, walks × tokens.
            next_leads: at most what the next stop adds.
        """
        weights = WeightBounds(self.weights.low[stops], self.weights.high[stops])
        terms = least_product(weights, leads[:, None])
        parts = terms[:, :, self.task.used].min(axis=2)
        rows = range(len(walks))
        places = [self.task.places(walk) for walk in walks]
        for number in range(len(walks[0])):
            distance, token = [p[number] for p in places], [walk[number] for walk in walks]
            there = WeightBounds(
                weights.low[rows, distance, token], weights.high[rows, distance, token]
            )
            known = least_product(there, next_leads) if number == 1 else None
            parts[rows, distance] = terms[rows, distance, token] if known is None else known
        return sum_down(parts)
