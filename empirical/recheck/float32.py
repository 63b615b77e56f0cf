"""What an execution in float32 may change: by how much an answer must be ahead in real numbers.

The model of an execution, for any order of operations, with v = 2⁻²⁴ and η = 2⁻¹²⁵:

- a sum, product, quotient or root is the exact one to a part v of it, or to η where numbers are too
  small (gradual underflow, or results and operands flushed to zero); none is above 2¹²⁷;
- an inner product of k terms errs by (k + 1)·v of the sum of their sizes, and 2k·η;
- exponential, power and hyperbolic tangent err by 4v of their value, sine and cosine by 4v;
- a LayerNorm's mean errs by (width + 8)·v of the mean size, its variance by twice that of the mean
  square; it may subtract the mean before or after it divides;
- attention may run in blocks of 16 positions or more, each rescaled to the largest score so far;
- positions count from zero; an angle is the float32 product of a position and a float32 frequency,
  or better.

Errors are carried along with sizes (Higham, Accuracy and Stability of Numerical Algorithms, ch. 3).
All numbers here are upper bounds and not negative, so that rounding them costs a tiny part:
``ROOM``. ``README.md`` derives the constants. Where a size may leave the range of float32, nothing
is claimed.
"""

from dataclasses import dataclass

import numpy as np
from flint import arb, ctx

from empirical.recheck.floats import Bounds, Floats, bounds_of
from empirical.recheck.tables import Block, centred, stored

SINGLE = 2.0**-24
"""v, the unit roundoff of float32."""
UNDER = 2.0**-125
"""η: what underflow costs at most."""
NORMAL = 2.0**-126
"""The least normal number; a stored number below it may be taken as zero."""
MOST = 2.0**127
"""No intermediate result is larger."""
LEAST_SCALE = 2.0**-60
"""No divisor of a LayerNorm is smaller: its square is a normal number."""
LIBRARY = 4 * SINGLE
"""Relative error of exponential, power and hyperbolic tangent; absolute of sine and cosine."""
FREQUENCY = 15 * SINGLE
"""Relative error of a float32 frequency ``1 / 10000^(2f/d)``: 9.3v from the exponent, 4v from the
power, v from the quotient."""
ROTATION = 34 * SINGLE
"""Relative error of rotating a pair of the query and one of the key: 17v each."""
GELU_SLOPE = 1.13
"""Above the largest slope of ``gelu_new``."""
GELU = 16 * SINGLE
"""Error of evaluating it, as a part of its argument."""
MOST_POSITIONS = 1 << 24
"""Positions that float32 holds exactly."""
MOST_WIDTH = 1 << 13
"""Terms of an inner product: products of errors stay within ``ROOM``."""
MOST_WEIGHT_ERROR = 0.25
MOST_SCALE_ERROR = 2.0**-8
STEPS = 400
"""Of the search for the least scale of the final LayerNorm."""
ROOM = 1.001
"""Covers products of errors and the rounding of this file."""


@dataclass(frozen=True)
class Slack:
    """How much an answer must be ahead in real numbers, to be ahead in every execution.

    Attributes:
        weight: relative error of an unnormalised attention weight.
        linear: other errors of the unnormalised difference, per unit of weight.
        bias: other errors of the difference of logits.
    """

    weight: float
    linear: float
    bias: float


NO_SLACK = Slack(0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Carried:
    """Numbers and how far an execution may be from them.

    Attributes:
        size: at least the size of each, rows × columns.
        error: at most, of each.
    """

    size: Floats
    error: Floats

    @property
    def whole(self) -> Floats:
        """At least the size of what is executed."""
        return self.size + self.error

    def row(self, index: int) -> "Carried":
        """One row."""
        return Carried(self.size[index : index + 1], self.error[index : index + 1])


class Execution:
    """The tables of a model of one block and one head, as float32 would have them.

    Args:
        block: the same in balls.

    Attributes:
        outside: which intermediate result may leave the range of float32; none: none does.
    """

    def __init__(self, block: Block) -> None:
        self.block, self.config = block, block.config
        self.outside: str | None = None
        width = max(self.config.width, self.config.inner)
        self._require(width <= MOST_WIDTH, "a sum over the width")
        with ctx.workprec(block.precision), np.errstate(all="ignore"):
            self._embedding = self._stored("transformer.wte.weight")
            self._direct, self._written = bounds_of(block.direct), bounds_of(block.written[0])
            self._streams = [bounds_of(part) for part in block.streams]
            self._angles = bounds_of([block.angles]).high[0]
            self._bias = bounds_of([block.bias])[0]
            self._normed = self._first_norm()
            self._keys = self._projected("k", bounds_of(block.keys[0]))
            self._values = self._projected("v", bounds_of(block.values[0]))

    def slack(self, query: int, length: int) -> Slack | None:
        """How much an answer must be ahead, at lengths up to one.

        Returns:
            The slack; none where an intermediate result may leave the range of float32.
        """
        with ctx.workprec(self.block.precision), np.errstate(all="ignore"):
            if self.outside is not None or not 0 < length <= MOST_POSITIONS:
                return None
            weight = self._weight(query, length)
            linear, bias = self._logits(query, self._attended(length))
            numbers = (ROOM * weight, ROOM * linear, ROOM * bias)
            outside, self.outside = self.outside, None
        if outside is not None or not np.isfinite(numbers).all() or weight > MOST_WEIGHT_ERROR:
            return None
        return Slack(*map(float, numbers))

    def _within(self, sizes: Floats | float, what: str) -> None:
        """Note what may be too large for float32."""
        self._require(bool(np.all(np.asarray(sizes) <= MOST)), what)

    def _require(self, held: bool, what: str) -> None:
        if not held:
            self.outside = self.outside or what

    def _matrix(self, name: str) -> Floats:
        """Stored weights in float64, a vector as one row."""
        return np.atleast_2d(self.block.checkpoint.weights[name]).astype(np.float64)

    def _stored(self, name: str) -> Carried:
        """Stored weights; what is below the least normal number may be taken as zero."""
        size = np.abs(self._matrix(name))
        return Carried(size, np.where((size > 0) & (size < NORMAL), NORMAL, 0.0))

    def _times(self, x: Carried, name: str, exact: Bounds | None) -> Carried:
        """The rows times stored weights, one row of weights for each output.

        Args:
            x: rows × inputs.
            name: of the weights.
            exact: bounds of the exact result; by default the sum of sizes.
        """
        weights = self._stored(name)
        terms = _product(x.whole, weights.whole.T)
        self._within(terms, name)
        lost = _product(x.error, weights.size.T) + _product(x.whole, weights.error.T)
        count = x.size.shape[1]
        error = lost + (count + 1) * SINGLE * terms + 2 * count * UNDER
        return Carried(terms if exact is None else exact.size, error)

    def _plus(self, x: Carried, name: str) -> Carried:
        """The rows plus a stored row."""
        row = self._stored(name)
        size = x.size + row.size
        self._within(size + x.error, name)
        error = x.error + row.error + UNDER
        return Carried(size, error + SINGLE * (size + error))

    def _projected(self, part: str, exact: Bounds) -> Carried:
        return self._times(self._normed, f"transformer.h.0.attn.{part}_proj.weight", exact)

    def _first_norm(self) -> Carried:
        """The first LayerNorm of every token."""
        name, x = "transformer.h.0.ln_1", self._embedding
        exact = bounds_of(centred(stored(self.block.checkpoint, "transformer.wte.weight"))).size
        square = (exact**2).mean(axis=1, keepdims=True) + self.config.epsilon
        high = np.sqrt(square) * ROOM
        low = self._least_scales()
        off, scale_error = self._moments(x, exact, low, high)
        relative = scale_error / low
        self._require(bool((relative <= MOST_SCALE_ERROR).all()), f"the scale of {name}")
        normed = exact / low
        error = 1.01 * (off / low + normed * relative) + 3 * SINGLE * normed + 3 * UNDER
        mean = x.whole.mean(axis=1, keepdims=True)
        gain = self._stored(f"{name}.weight")
        self._within((x.whole + mean) / low * (1 + gain.size), name)
        scaled = normed * gain.size
        error = error * gain.whole + normed * gain.error + SINGLE * scaled + 2 * UNDER
        shifted = self._plus(Carried(scaled, error), f"{name}.bias")
        return Carried(bounds_of(self.block.normed).size, shifted.error)

    def _least_scales(self) -> Floats:
        """At most the divisor of the first LayerNorm, by token."""
        rows = centred(stored(self.block.checkpoint, "transformer.wte.weight")).tolist()
        squares = [sum((x * x for x in row), arb(0)) / len(row) for row in rows]
        least = [float(((square + self.block.epsilon).sqrt()).lower()) for square in squares]
        return np.array(least)[:, None] / ROOM

    def _moments(
        self, x: Carried, exact: Floats, low: Floats, high: Floats
    ) -> tuple[Floats, Floats]:
        """How far an execution's centred rows and its divisor may be from the exact ones.

        Args:
            x: the rows.
            exact: at least the sizes of the exact centred rows.
            low: at most the exact divisor.
            high: at least the exact divisor.
        """
        width, epsilon = x.size.shape[1], self.config.epsilon
        moments = (width + 8) * SINGLE
        mean = x.whole.mean(axis=1, keepdims=True)
        mean_error = x.error.mean(axis=1, keepdims=True) + moments * mean + 4 * UNDER
        difference = 3 * SINGLE * (x.whole + mean + exact)
        off = x.error + mean_error + difference + 2 * UNDER
        square = (x.whole**2).mean(axis=1, keepdims=True)
        self._within(4 * width * (x.whole**2).max(axis=1), "the squares of a LayerNorm")
        self._require(bool((low >= LEAST_SCALE).all()), "the scale of a LayerNorm")
        stored = SINGLE * epsilon + 5 * UNDER
        variance_error = 2 * moments * square + stored
        moved = np.sqrt((off**2).mean(axis=1, keepdims=True))
        of_variance = np.minimum(variance_error / low, np.sqrt(variance_error))
        return off, moved + of_variance + 4 * SINGLE * high + UNDER

    def _weight(self, query: int, length: int) -> float:
        """Relative error of an unnormalised attention weight.

        Two rotations differ in angle from the exact ones by the frequency's error at their distance
        and by one rounding at each of their positions.
        """
        rotary, dimension = self.config.rotary, self.config.dimension
        exact = bounds_of([self.block.queries[0][query]])
        name = "transformer.h.0.attn.q_proj.weight"
        q, k = self._times(self._normed.row(query), name, exact), self._keys
        turned = (FREQUENCY + 2 * SINGLE) * (length - 1) * self._angles
        turns = np.concatenate(
            [np.minimum(turned, 2.0) + ROTATION, np.full(dimension - rotary, 0.0)]
        )
        a, da, b, db = (_pairs(part, rotary) for part in (q.size, q.error, k.size, k.error))
        da, db = da + 6 * UNDER, db + 6 * UNDER
        products = (a + da) * (b + db)
        sizes = products.sum(axis=1)
        self._within(sizes, "an attention score")
        errors = (a * db + da * (b + db) + products * turns).sum(axis=1)
        errors += (dimension + 10) * SINGLE * sizes + 2 * (dimension + 10) * UNDER
        root = np.sqrt(float(dimension))
        worst, largest = float(errors.max()) / root, float(sizes.max()) / root
        exponent = worst + 2 * SINGLE * (largest + worst) + LIBRARY
        return float(exponent + exponent * exponent)  # above exp(x) − 1 for x up to 1

    def _attended(self, length: int) -> Carried:
        """What attention adds: its error, and at least its size."""
        v = self._values
        sums = 3 * (length + 16) * SINGLE
        largest = float(v.whole.max())
        self._within(2 * length * largest, "a sum of values")
        error = v.error + sums * v.whole + 2 * length * UNDER * (1 + largest)
        mixed = Carried(v.size.max(axis=0)[None], error.max(axis=0)[None])
        return self._times(mixed, "transformer.h.0.attn.out_proj.weight", None)

    def _own(self, query: int) -> Carried:
        """What the MLP and the residual of the query give."""
        name = "transformer.h.0.mlp"
        hidden = self._times(self._normed.row(query), f"{name}.fc_in.weight", None)
        hidden = self._plus(hidden, f"{name}.fc_in.bias")
        exact = bounds_of([self.block.hidden.tolist()[query]]).size
        self._within((exact + hidden.error) ** 3, "the cube in an activation")
        error = GELU_SLOPE * hidden.error + GELU * (exact + hidden.error) + 4 * UNDER
        active = Carried(bounds_of([self.block.active.tolist()[query]]).size, error)
        mlp = self._times(active, f"{name}.fc_out.weight", None)
        return self._plus(mlp, f"{name}.fc_out.bias")

    def _logits(self, query: int, attended: Carried) -> tuple[float, float]:
        """The slack per unit of weight and that of the logits.

        The difference of two logits is ``L/σ + B``, L linear in the stream and σ the scale of the
        final LayerNorm; as computed it has the sign of ``L̂ + Bσ̂``. What is rounded after the
        division counts as a part of L where it is one of ``L/σ``, and else of B.
        """
        width = self.config.width
        own, embedding = self._own(query), self._embedding.row(query)
        streams = (self._written + self._direct[query]).size
        largest = streams.max(axis=0)[None]
        sums = own.whole + attended.whole + embedding.whole + largest
        self._within(sums, "the stream")
        error = own.error + attended.error + embedding.error + 3 * SINGLE * sums + 3 * UNDER
        exact = (self._streams[1] + self._streams[0][query]).size
        top = np.sqrt((exact**2).mean(axis=1).max() + self.config.epsilon) * ROOM
        least = np.full((1, 1), self._least_scale(exact, query))
        stream = Carried(largest, error)
        off, errors = self._moments(stream, exact.max(axis=0)[None], least, np.full((1, 1), top))
        scale = float(errors[0, 0])

        gain, shift = (self._stored(f"transformer.ln_f.{part}") for part in ("weight", "bias"))
        head, last = self._stored("lm_head.weight"), self._stored("lm_head.bias")
        weighted = head.size * gain.size
        normed = np.sqrt(float(width)) * ROOM
        carried = (head.size * shift.size).sum(axis=1) + last.size[0]
        self._within(2 * normed * (weighted + gain.size).sum(axis=1) + 2 * carried, "a logit")
        late = (width + 6) * SINGLE
        across = np.sqrt((weighted**2).sum(axis=1).max() * width)
        small = (
            head.whole * (normed * gain.error + shift.error + 4 * UNDER * (1 + gain.size))
        ).sum(axis=1)
        small += (head.error * (normed * gain.size + shift.size)).sum(axis=1)
        small += last.error[0] + 3 * width * UNDER
        outright = float((late * carried + small).max())
        most = float(_product(weighted, off.T).max())
        spread = float(self._bias.high.max() - self._bias.low.min())
        linear = 2 * (most + late * across * (top + scale) + outright * scale) + spread * scale
        return float(linear), 2 * outright

    def _least_scale(self, exact: Floats, query: int) -> float:
        """At most the final LayerNorm's divisor, over all mixtures of streams.

        For any ρ of norm 1 no mixture has a norm below the least inner product of ρ with a stream.
        A good ρ is found by Gilbert's algorithm, without any guarantee.
        """
        low, high = (
            part + own
            for part, own in (
                (self._streams[1].low, self._streams[0].low[query]),
                (self._streams[1].high, self._streams[0].high[query]),
            )
        )
        width, epsilon = exact.shape[1], self.config.epsilon
        points = np.hstack([(low + high) / 2, np.full((len(exact), 1), np.sqrt(epsilon * width))])
        near = points.mean(axis=0)
        for _ in range(STEPS):
            along = (points * near).sum(axis=1)
            towards = points[along.argmin()] - near
            size = float((towards * towards).sum())
            step = -float((near * towards).sum()) / size if size > 0 else 0.0
            if not step > 0:
                break
            near = near + min(1.0, step) * towards
        rounding = (width + 8) * 2.0**-52
        norm = np.sqrt(float((near * near).sum())) * (1 + rounding)
        inner = (points * near).sum(axis=1)
        blur = (np.abs(points) * np.abs(near)).sum(axis=1) * rounding
        blur = blur + ((high - low) * np.abs(near[:-1])).sum(axis=1)
        least = float((inner - blur).min()) / norm / np.sqrt(float(width)) / ROOM
        ground = float(np.sqrt(epsilon)) / ROOM
        return least if least > ground else ground


def _product(left: Floats, right: Floats) -> Floats:
    """A matrix product, a channel at a time."""
    total = np.zeros((left.shape[0], right.shape[1]))
    for channel in range(left.shape[1]):
        total = total + left[:, channel, None] * right[channel]
    return total


def _pairs(rows: Floats, rotary: int) -> Floats:
    """Lengths of the rotated pairs, then the sizes of the rest."""
    lengths = np.sqrt(rows[:, 0:rotary:2] ** 2 + rows[:, 1:rotary:2] ** 2)
    return np.hstack([lengths, rows[:, rotary:]])
