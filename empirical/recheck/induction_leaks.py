"""What leaks may do to every context in inputs of one length, in floats with bounds.

The stream of a context is ``s + εe``: s without leak, ε at most its largest *leak*, and e in the
convex hull of ``value_t − mix`` over the tokens t. LayerNorm divides it by some σ between ``low``
and ``high``. A linear form of the divided stream moves from that without leak by what σ makes of s,
and by at most ε/σ times the worst vertex of the hull.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import arb, arb_mat, ctx

from empirical.recheck.float_tables import Rounded, Turns, attention_weights, rounded
from empirical.recheck.floats import (
    EXP_TINY,
    UNIT,
    Bounds,
    Floats,
    MiddleRadius,
    bounds_of,
    down,
    middle_and_radius,
    norm_up,
    root_up,
    up,
)
from empirical.recheck.induction_tables import Circuit, Image

SUMS = 1 + 2.0**-30
"""Covers the rounding of a sum of up to 2²⁰ numbers that are not negative."""


class FloatImage:
    """A linear map of the parts of a stream, in floats with bounds.

    Args:
        image: the same in balls.
    """

    def __init__(self, image: Image) -> None:
        self.streams, self.mixes, self.values = (
            bounds_of(part) for part in (image.streams, image.mixes, image.values)
        )
        self.shift = bounds_of(image.shift)[0]

    @cached_property
    def moved(self) -> Bounds:
        """Of ``value − mix``: contexts × tokens × image."""
        return self.values.each(lambda x: x[None]) - self.mixes.each(lambda x: x[:, None])


class Leaks:
    """Leaks, divisors and images of all contexts in inputs of one length.

    Args:
        circuit: the tables in balls.
        length: tokens per input.

    Attributes:
        leak: at least the share of tokens further back.
        low: at most LayerNorm's divisor.
        high: at least LayerNorm's divisor.
        inverse: one over that without leak.
        spread: what one over the divisor may be more than that.
        rate: at least ``leak / low``.
    """

    def __init__(self, circuit: Circuit, length: int) -> None:
        self.circuit, self.length, self.tokens = circuit, length, circuit.tokens
        self.width, self.rotary = circuit.config.width, circuit.config.rotary
        # What leaves the range of floats is no number, and nothing is shown with it.
        with ctx.workprec(circuit.precision), np.errstate(all="ignore"):
            self.turns = Turns(circuit.angles, circuit.precision)
            furthest = [[angle * (length - 1) for angle in circuit.angles]]
            self.turning = bounds_of(furthest).size[0]
            self.leak = self._leaks()
            plain = bounds_of([circuit.divisors])[0]
            self.inverse = bounds_of([[1 / divisor for divisor in circuit.divisors]])[0]
            self.low, self.high = self._divisors(plain)
            self._read()
            self.rate = up(self.leak / self.low)
            self.spread = Bounds(down(1 / self.high), up(1 / self.low)) - self.inverse

    def _leaks(self) -> Floats:
        """At least the share of tokens further back: the heaviest token at each distance."""
        queries = rounded(self.circuit.first_queries)
        keys = rounded(self.circuit.first_keys)
        shares = np.zeros((self.tokens + 1, self.tokens))
        for token in range(self.tokens):
            weights = attention_weights(queries.row(token), keys, self.turns, self.length)
            table, error = weights.values, weights.error
            heaviest = up(table[2:] * up(1 + error)).max(axis=1, initial=0.0) + 2 * EXP_TINY
            far = up(heaviest.sum() * SUMS)
            own = down(table[0, token] * down(1 - error[token]))
            near = np.maximum(down(down(table[1] * down(1 - error)) + own), 0.0)
            total = down(near + far)
            share = np.where(total > 0, np.minimum(up(far / total), 1.0), 1.0)
            shares[: self.tokens, token] = share
        if self.length < 3:
            shares[:] = 0.0
        return shares.ravel()

    def _divisors(self, plain: Bounds) -> tuple[Floats, Floats]:
        """LayerNorm's divisor whatever leaks: above its tangent, below its largest vertex.

        It is a convex function of εe.
        """
        along, squares = (bounds_of(part) for part in self.circuit.leaked())
        falling = down(down(self.leak * along.low.min(axis=1)) / plain.low)
        ground = bounds_of([[arb(self.circuit.config.epsilon).sqrt()]]).low[0, 0]
        low = np.maximum(down(plain.low + np.minimum(falling, 0.0)), ground)
        twice = up(2 * self.leak[:, None] * along.high)
        curved = up(up(self.leak * self.leak)[:, None] * squares.high)
        risen = np.maximum(up(twice + curved).max(axis=1), 0.0)
        return low, root_up(up(up(plain.high * plain.high) + risen))

    def _read(self) -> None:
        """The images that the second block and the logits read."""
        circuit, write = self.circuit, self.circuit.second_write
        self.query = FloatImage(circuit.image(circuit.second_query, gained=True))
        self.key = FloatImage(circuit.image(circuit.second_key, gained=True))
        self.write = FloatImage(circuit.image(write, gained=True))
        self.form = FloatImage(circuit.image(write * circuit.classes, gained=True))
        self.stream = FloatImage(circuit.image(_identity(self.width), gained=False))
        self.direct = FloatImage(circuit.image(circuit.classes, gained=False))
        self.queries = rounded(circuit.plain(circuit.second_query))
        self.keys = rounded(circuit.plain(circuit.second_key))
        self.bias = bounds_of([circuit.bias])[0]

    @cached_property
    def key_change(self) -> Floats:
        """How far each context's key may be from that without leak."""
        return self._change(self.key)

    @cached_property
    def query_change(self) -> Floats:
        """How far each context's query may be from that without leak."""
        return self._change(self.query)

    @cached_property
    def write_change(self) -> Floats:
        """How far what is written of each context may be from that without leak."""
        return self._change(self.write)

    def _change(self, image: FloatImage) -> Floats:
        scaled = up(norm_up(image.streams.size) * self.spread.size)
        leaked = up(self.rate * norm_up(image.moved.size).max(axis=1))
        return up(scaled + leaked)

    @cached_property
    def parts(self) -> Floats:
        """At least what the value of each context adds to a class less another.

        Returns:
            Answers × rivals × contexts.
        """
        classes = self.form.streams.low.shape[1]
        parts = np.empty((classes, classes, self.leak.size))
        for answer in range(classes):
            plain = down(self.form.streams.low[:, [answer]] - self.form.streams.high)
            fall = self._fall(answer)
            least = down(plain + np.minimum(down(self.leak[:, None] * fall), 0.0))
            divided = np.where(least >= 0, least / self.high[:, None], least / self.low[:, None])
            parts[answer] = down(divided).T
        return parts

    def _fall(self, answer: int) -> Floats:
        """At most what leaking tokens add to an answer less each rival: contexts × rivals."""
        moved = self.form.moved
        fall: Floats = down(moved.low[:, :, [answer]] - moved.high).min(axis=1)
        return fall

    def direct_gaps(self, here: int) -> Floats:
        """At least what the stream of a context itself adds to an answer less a rival.

        Returns:
            Answers × rivals.
        """
        streams, shift = self.direct.streams[here], self.form.shift
        plain = down(streams.low[:, None] - streams.high)
        shifted = down(shift.low[:, None] - shift.high)
        moved = self.direct.moved[here]
        fall = down(moved.low[:, :, None] - moved.high[:, None]).min(axis=0)
        return down(down(plain + shifted) + np.minimum(down(self.leak[here] * fall), 0.0))

    def planes(self, rows: Floats) -> Floats:
        """At least the length of each rotated pair of rows of at most these sizes."""
        even, odd = rows[..., 0 : self.rotary : 2], rows[..., 1 : self.rotary : 2]
        return root_up(up(up(even * even) + up(odd * odd)))

    @cached_property
    def stream_keys(self) -> "Keys":
        """Of streams: one a context."""
        return self._keys(self.key.streams)

    @cached_property
    def moved_keys(self) -> "Keys":
        """Of what leaks: contexts × tokens."""
        return self._keys(self.key.moved)

    @cached_property
    def plain_keys(self) -> "Keys":
        """Without leak: one a context."""
        return self._keys(between(self.keys))

    def _keys(self, rows: Bounds) -> "Keys":
        return Keys(middle_and_radius(rows), self.planes(rows.size))

    @cached_property
    def still(self) -> Floats:
        """One for every channel of a plane that turns by less than a radian, and the unrotated."""
        slow = np.repeat(self.turning < 1, 2).astype(np.float64)
        return np.concatenate([slow, np.ones(self.width - self.rotary)])

    def everywhere(self, query: Bounds, keys: "Keys") -> Bounds:
        """Scores of rows with others over all distances.

        A plane that turns by less than a radian counts as it stands, and as far as it turns; any
        other plane by the product of lengths.

        Args:
            query: … × channels.
            keys: … × channels, or rows that NumPy extends to those of the query.
        """
        rows, key = middle_and_radius(query), keys.rows
        middle = inner(rows.middle * self.still, key.middle)
        # A product is off that of the middles by |q|·radius(k) + radius(q)·|k|; products and sum
        # round by less than (n + 2)·u of the sizes.
        rounding = 2 * (rows.size.shape[-1] + 2) * UNIT
        at_size = up(rows.radius + rounding * up(np.abs(rows.middle) + rows.radius)) * self.still
        at_radius = np.abs(rows.middle) * self.still
        off = up((inner(at_size, key.size) + inner(at_radius, key.radius)) * SUMS)
        turned = up(self.planes(query.size) * np.minimum(self.turning, 1.0))
        moved = up(inner(turned, keys.planes) * SUMS)
        radius = up(off + moved)
        return Bounds(down(middle - radius), up(middle + radius))


@dataclass(frozen=True, eq=False)
class Keys:
    """Keys, and at least the lengths of their rotated pairs: … × planes."""

    rows: MiddleRadius
    planes: Floats


def inner(rows: Floats, others: Floats) -> Floats:
    """The sums of products of two tables along their last axis, by NumPy's own loop."""
    sums: Floats = np.einsum("...j,...j->...", rows, others, optimize=False)
    return sums


def _identity(size: int) -> arb_mat:
    return arb_mat([[arb(i == j) for j in range(size)] for i in range(size)])


def between(rounded_rows: Rounded) -> Bounds:
    """The numbers of rounded rows between their ends."""
    values, error = rounded_rows.values, rounded_rows.error
    return Bounds(down(values - error), up(values + error))
