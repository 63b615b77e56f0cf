"""All inputs that end in the same two tokens, for the checker of induction certificates.

The logit difference of two classes, times what makes it positive, is at least a sum over positions
of a weight that only position and context decide, times what the context adds at least per unit of
it, whatever leaks. Sums of floats
give up ``BLUR`` for their rounding.
"""

import math
from functools import cached_property
from operator import add, mul
from typing import NamedTuple

from flint import arb, arb_mat

from empirical.recheck.induction_tables import (
    BLUR,
    Contexts,
    Floats,
    above,
    below,
)
from empirical.recheck.tables import TINY


class Vector(NamedTuple):
    """A query or a key, the lengths of its parts in each plane, and its own."""

    row: Floats
    planes: Floats
    norm: float


class Reach:
    """Scores over all distances in inputs of one length, and whatever does not ask who asks."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts, circuit = contexts, contexts.circuit
        self.turning = [above(angle * (contexts.length - 1)) for angle in circuit.angles]
        slow = (turn < 1 for turn in self.turning for _ in range(2))
        self.slow = [float(s) for s in slow] + [1.0] * (circuit.width - circuit.rotary)
        self.keys = [self.vector([float(x.mid()) for x in key]) for key in contexts.keys]
        self.key_at = [self.vector(row) for row in contexts.key.at]
        self.key_moved = [[self.vector(row) for row in ways] for ways in contexts.key.moved]
        self.key_change, self.query_change, self.write_change = (
            self._changes(image.at, image.moved)
            for image in (contexts.key, contexts.query, contexts.write)
        )
        self._parts: dict[tuple[int, int], Floats] = {}

    def vector(self, row: Floats) -> Vector:
        """A row with its lengths."""
        half = range(0, self.contexts.circuit.rotary, 2)
        return Vector(row, [math.hypot(row[f], row[f + 1]) for f in half], norm(row))

    def asking(self, query: Vector) -> Vector:
        """A query times what a plane's part counts: as it stands if slow, and as it turns."""
        turned = [
            size * min(turn, 1) for size, turn in zip(query.planes, self.turning, strict=True)
        ]
        return Vector(list(map(mul, query.row, self.slow)), turned, query.norm)

    def _changes(self, at: list[Floats], moved: list[list[Floats]]) -> Floats:
        """How far an image of a divided stream is from the one with no leak, at most."""
        far, found = self.contexts, []
        for c, (row, ways) in enumerate(zip(at, moved, strict=True)):
            spread = max(map(abs, far.spread[c]))
            leaked = far.leak[c] * far.shrink[c][1] * max(map(norm, ways))
            found.append((norm(row) * spread + leaked) * (1 + BLUR))
        return found

    def part(self, answer: int, rival: int) -> Floats:
        """What the value of each context adds to a class less another, at least."""
        far = self.contexts
        if (answer, rival) not in self._parts:
            found = []
            for c, (row, ways) in enumerate(zip(far.form.at, far.form.moved, strict=True)):
                fall = far.leak[c] * min(0.0, *(way[answer] - way[rival] for way in ways))
                size = max(map(abs, row)) + far.leak[c] * self._furthest[c]
                least = row[answer] - row[rival] + fall - 8 * BLUR * size
                found.append(least * far.shrink[c][0 if least >= 0 else 1])
            self._parts[answer, rival] = found
        return self._parts[answer, rival]

    @cached_property
    def _furthest(self) -> Floats:
        return [max(max(map(abs, way)) for way in ways) for ways in self.contexts.form.moved]


class Ending:
    """A token before the last, and the last."""

    def __init__(self, reach: Reach, previous: int, query: int) -> None:
        self.reach, self.contexts, self.circuit = reach, reach.contexts, reach.contexts.circuit
        self.previous, self.query = previous, query
        self.here = previous * self.circuit.tokens + query
        asked = [float(x.mid()) for x in self.contexts.queries[self.here]]
        self._asked, self._own, *self._ways = (
            reach.asking(reach.vector(row))
            for row in (
                asked,
                self.contexts.query.at[self.here],
                *self.contexts.query.moved[self.here],
            )
        )
        self._weigh()
        self._add()

    def _weigh(self) -> None:
        """Weights with no leak; and what they may be multiplied by, from below and above."""
        far, circuit, here = self.contexts, self.circuit, self.here
        amplitudes = arb_mat([circuit.planes(far.queries[here], key) for key in far.keys])
        turns = arb_mat([circuit.turns(d) for d in range(far.length - 1, -1, -1)])
        scores = (turns * amplitudes.transpose()).tolist()
        top = max(float(x.mid()) for row in scores for x in row)
        self.weights = [[float((x - top).exp().mid()) for x in row] for row in scores]
        ends = list(map(self._shifts, range(len(far.keys))))
        top = max(high for _, high in ends)
        # Each term of a sum gives up BLUR of itself, more than the sum's rounding can take.
        self.light = [below((arb(low) - top).exp() * (1 - BLUR)) for low, _ in ends]
        self.heavy = [above((arb(high) - top).exp() * (1 + BLUR)) for _, high in ends]

    def _shifts(self, context: int) -> tuple[float, float]:
        """What leaks add to the score of a context, at least and at most."""
        far, reach, here, plain = self.contexts, self.reach, self.here, self.reach.keys[context]
        both = reach.query_change[here] * reach.key_change[context] * (1 + BLUR)
        low, high = -both, both
        of_key = [_ends(self._asked, way) for way in reach.key_moved[context]]
        of_query = [_ends(way, plain) for way in self._ways]
        at_key, at_query = _ends(self._asked, reach.key_at[context]), _ends(self._own, plain)
        for side, at, moved in ((context, at_key, of_key), (here, at_query, of_query)):
            scaled = [x * s for x in at for s in far.spread[side]]
            rate = far.leak[side] * far.shrink[side][1]
            low += min(scaled) + rate * min(0.0, *(bottom for bottom, _ in moved))
            high += max(scaled) + rate * max(0.0, *(top for _, top in moved))
        return low, high

    def _add(self) -> None:
        """What the query's own stream adds to each class, and how long the last stream may be."""
        far, here, circuit = self.contexts, self.here, self.circuit
        root, own, shift = math.sqrt(circuit.width), far.stream.at[here], far.shift[2]
        swing = far.leak[here] * max(map(norm, far.stream.moved[here]))
        ground = above((circuit.epsilon * circuit.width).sqrt())
        self.lengths = []
        for c, row in enumerate(far.write.at):
            inverse = above(far.inverse[c])
            alone = [x + y * inverse + z for x, y, z in zip(own, row, shift, strict=True)]
            size = norm(own) + norm(row) * inverse + norm(shift)
            length = math.hypot(norm(alone) + BLUR * size, ground)
            self.lengths.append((length + self.reach.write_change[c] + swing) / root * (1 + BLUR))
        self.direct = list(map(add, far.direct.at[here], far.shift[3]))
        self.size = sum(max(map(abs, row)) for row in (far.direct.at[here], far.shift[3]))
        self.size += max(max(map(abs, way)) for way in far.direct.moved[here])

    def _least(self, answer: int, rival: int) -> Floats:
        """What each context adds to a class less another, at least."""
        far, bias = self.contexts, self.circuit.bias
        ways = far.direct.moved[self.here]
        fall = far.leak[self.here] * min(0.0, *(way[answer] - way[rival] for way in ways))
        flat = self.direct[answer] - self.direct[rival] + fall - 8 * BLUR * self.size
        late = min(0.0, below(bias[answer] - bias[rival]))
        both = zip(self.reach.part(answer, rival), self.lengths, strict=True)
        return [part + flat + late * length for part, length in both]

    def proves(self, answer: int) -> bool:
        """Has the answer the largest logit on every input in which it follows the query?"""
        rivals = (c for c in range(self.circuit.tokens) if c != answer)
        least = [self._least(answer, c) for c in rivals]
        together = list(map(min, *least))
        return self._positive(answer, together) or all(self._positive(answer, x) for x in least)

    def _positive(self, answer: int, least: Floats) -> bool:
        """Is the least sum along all such inputs positive? By their last token, a shortest path."""
        tokens, query, last = self.circuit.tokens, self.query, len(self.weights) - 1
        both = zip(least, self.light, self.heavy, strict=True)
        gain = [x * (light if x >= 0 else heavy) for x, light, heavy in both]
        unseen = len(self.weights) * TINY * max(map(abs, gain))
        start = [w * g for w, g in zip(self.weights[0][-tokens:], gain[-tokens:], strict=True)]
        asked, start[query] = start[query], math.inf
        fresh, answered = start, [math.inf] * tokens
        for weights in self.weights[1:last]:
            cost = list(map(mul, weights, gain))
            after = [cost[y : tokens * tokens : tokens] for y in range(tokens)]
            reply = asked + cost[query * tokens + answer]
            asked = min(map(add, fresh, after[query]))
            fresh = [min(map(add, fresh, row)) for row in after]
            answered = [min(map(add, answered, row)) for row in after]
            fresh[query] = answered[query] = math.inf
            answered[answer] = min(answered[answer], reply)
        total = answered[self.previous] + self.weights[last][self.here] * gain[self.here]
        return total > unseen


def norm(row: Floats) -> float:
    """The length of a vector, to the last few bits."""
    return math.sqrt(sum(map(mul, row, row)))


def _ends(query: Vector, key: Vector) -> tuple[float, float]:
    """The least and the largest score over all distances."""
    centre, radius = sum(map(mul, query.row, key.row)), sum(map(mul, query.planes, key.planes))
    radius += BLUR * (radius + query.norm * key.norm)
    return centre - radius, centre + radius
