"""How far the logits of an executed float32 forward pass may be from those in real numbers.

The model of an execution, for any order of operations. Let ``v = 2⁻²⁴``. Each sum, product,
quotient and square root is correctly rounded while its result is at least 2⁻¹²⁶ in size and below
2¹²⁸; a smaller result, or a smaller number that is read, may be taken for zero (``FLUSH``); a
larger one ends the claim. So an inner product of k terms errs by at most ``(k + 1)·v`` of the sum
of its terms' sizes, and by what is flushed. The library's exponential, power, hyperbolic tangent,
sine and cosine err by at most ``4v`` of their value (sine and cosine: of one), whatever their
argument. The largest score of a query is taken off its scores before the exponential. Mean and
variance of a LayerNorm err by at most ``(width + 8)·v`` of the mean size and of twice the mean
square. Angles are either computed in float32 from the position and a float32 frequency, or more
precisely. What PyTorch and its kernels do is trusted to lie within this model.

Running errors are carried through the finite tables (Higham, Accuracy and Stability of Numerical
Algorithms, ch. 3): an array comes with a bound of each entry's error. Before every operation the
sizes of all its intermediates are bounded, sums of squares and cubes included; where a bound
reaches 2¹²⁷, or a divisor may be too near zero, ``OutOfRange`` says that nothing is known.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from empirical.files.checkpoint import Checkpoint
from empirical.models.config import GPTJConfig
from empirical.models.one_plane import OnePlaneConfig

SINGLE = 2.0**-24
"""v, the unit roundoff of float32."""
FLUSH = 2.0**-126
"""Numbers below this, results or operands, may count as zero."""
OVERFLOW = 2.0**127
"""Every intermediate is shown to be below this in size; half of where float32 ends."""
LIBRARY = 4 * SINGLE
"""Error of a library function."""
ROTATION = 9 * SINGLE
"""Error of a rotated pair, over its length: cosine and sine err by 4v each, so that the matrix of
the rotation errs by √2·4v in norm; two products and a sum per coordinate cost √2·v and v."""
MOST_POSITIONS = 1 << 24
"""Beyond, float32 does not hold every position."""
SCORE_TERMS = 10
"""Roundings of a score besides the sum of its products: division by the root of the dimension,
which is rounded itself, and the mask."""
STEPS = 400
"""Of the search for the least scale of the final LayerNorm."""
ROOM = 1.01
"""Covers this file's own rounding and products of errors, all far below a hundredth."""

Array = Float64[np.ndarray, "rows columns"]


class OutOfRange(Exception):
    """An intermediate may leave the range in which float32 rounds as the model says."""


@dataclass(frozen=True, eq=False)
class Executed:
    """An array of numbers and how far an execution may be from each.

    Attributes:
        exact: the numbers, rounded to float64.
        error: of each number.
    """

    exact: Array
    error: Array

    @property
    def sizes(self) -> Array:
        """Bounds of the sizes that an execution may see."""
        sizes: Array = np.abs(self.exact) + self.error
        return sizes

    def times(self, matrix: Float64[np.ndarray, "columns out"]) -> "Executed":
        """A product with stored weights.

        Raises:
            OutOfRange: a sum may overflow.
        """
        terms, sizes = self.exact.shape[1], np.abs(matrix)
        summed = within_range(self.sizes @ sizes)
        flushed = self.sizes.sum(axis=1, keepdims=True) + sizes.sum(axis=0) + 2 * terms
        error = self.error @ sizes + (terms + 1) * SINGLE * summed + FLUSH * flushed
        return Executed(self.exact @ matrix, error)

    def row(self, index: int) -> "Executed":
        """One row."""
        return Executed(self.exact[index : index + 1], self.error[index : index + 1])

    def plus(self, other: "Executed | Float64[np.ndarray, ' columns']") -> "Executed":
        """A sum with another array or with stored numbers.

        Raises:
            OutOfRange: it may overflow.
        """
        more = other if isinstance(other, Executed) else stored(np.atleast_2d(other))
        within_range(self.sizes + more.sizes)
        exact, error = self.exact + more.exact, self.error + more.error
        return Executed(exact, error + SINGLE * (np.abs(exact) + error) + 2 * FLUSH)

    def scaled(self, gain: Float64[np.ndarray, " columns"]) -> "Executed":
        """A product with one stored number for each column.

        Raises:
            OutOfRange: it may overflow.
        """
        sizes = within_range(self.sizes * np.abs(gain))
        flushed = FLUSH * (self.sizes + np.abs(gain) + 1)
        return Executed(self.exact * gain, self.error * np.abs(gain) + SINGLE * sizes + flushed)


def stored(array: Array) -> Executed:
    """Stored numbers, which an execution has as they are, but for flushed ones."""
    return Executed(array, np.where(np.abs(array) < FLUSH, np.abs(array), 0.0))


def within_range(sizes: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    """The same sizes.

    Raises:
        OutOfRange: one of them, or not a number, may overflow.
    """
    if not (sizes < OVERFLOW).all():
        raise OutOfRange
    return sizes


@dataclass(frozen=True)
class ExecutionSlack:
    """How much an answer must be ahead in real numbers, to be ahead in an execution.

    Attributes:
        weight: relative error of an unnormalised attention weight.
        linear: other errors of the unnormalised difference, per unit of weight (``Tables.linear``).
        bias: other errors of the difference of logits (``Tables.bias``).
        flushed: what all weights together may be off besides, in units of the largest.
    """

    weight: float
    linear: float
    bias: float
    flushed: float = 0.0


class Float32Execution:
    """The tables of a one-block, one-head checkpoint as float32 would have them.

    Args:
        checkpoint: one block, one head.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.config = checkpoint.config
        self._weights = {name: w.astype(float) for name, w in checkpoint.weights.items()}
        self._epsilon = float(self.config.layer_norm_epsilon)
        self.embedding = stored(self._weights["transformer.wte.weight"])
        self._read: tuple[Executed, ...] | None = None

    def slack(self, query: int, length: int) -> ExecutionSlack | None:
        """How much an answer must be ahead at the last position, at lengths up to one.

        The difference of two logits is ``L/σ + B``, L linear in the stream, σ the scale of the
        final LayerNorm. As computed it has the sign of ``L̂ + Bσ̂``. If the stream errs by e, then
        L errs by ``|weights| · e`` and σ by ``rms(e)``; if the variance errs by η, then σ by at
        most η/σ and √η. What is rounded after the division counts as a part of L where it is one of
        ``L/σ``, and else of B. Attention weights may err by a part of each.

        Args:
            query: token id at the end.
            length: tokens per input; positions count from zero.

        Returns:
            The slack; none if an intermediate may leave the range in which float32 rounds so.
        """
        if length > MOST_POSITIONS:
            return None
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                return self._slack(query, length)
        except OutOfRange:
            return None

    def _slack(self, query: int, length: int) -> ExecutionSlack:
        normed, queries, keys, values = self._tokens()
        weight = self._weight_error(queries.row(query), keys, length)
        flushed = 4 * length * FLUSH
        own = self._own(normed, query)
        attended = self._mixture(values, length).times(self._matrix("attn.out_proj"))
        streams = own.exact + values.exact @ self._matrix("attn.out_proj")
        sizes = np.abs(streams).max(axis=0)
        # Attention, MLP and residual are added in any order.
        added = np.abs(own.exact[0]) + self.embedding.sizes[query] + sizes
        error = own.error[0] + attended.error[0] + 2 * SINGLE * added + 4 * FLUSH
        within_range(added + error)
        linear, bias = self._readout(streams, error)
        return ExecutionSlack(ROOM * weight, ROOM * linear, ROOM * bias, flushed)

    def _tokens(self) -> tuple[Executed, ...]:
        """Normed embeddings, queries, keys and values of all tokens."""
        if self._read is None:
            normed = self._affine("transformer.h.0.ln_1", layer_norm(self.embedding, self._epsilon))
            projected = (normed.times(self._matrix(f"attn.{name}_proj")) for name in "qkv")
            self._read = (normed, *projected)
        return self._read

    def _weight_error(self, query: Executed, keys: Executed, length: int) -> float:
        """Relative error of an attention weight.

        A rotated pair errs by ``ROTATION`` of its length, for the query and for the key; and the
        two turn by angles whose difference errs by ``angle_errors``.
        """
        rotary, dim = self.config.rotary_dim, self.config.head_dim
        q_size, k_size = pair_lengths(query.exact, rotary), pair_lengths(keys.exact, rotary)
        q_error, k_error = pair_lengths(query.error, rotary), pair_lengths(keys.error, rotary)
        turned = np.concatenate([angle_errors(self.config, length), np.zeros(dim - rotary)])
        relative = np.minimum(turned, 2.0) + 2 * ROTATION
        products = q_size * k_size
        carried = q_size * k_error + q_error * (k_size + k_error)
        sizes = (products + carried).sum(axis=1)
        within_range(2 * sizes)
        flushed = FLUSH * (q_size.sum() + k_size.sum(axis=1) + 4 * dim)
        errors = (carried + products * relative).sum(axis=1) + flushed
        scores = (errors + (dim + SCORE_TERMS) * SINGLE * sizes) / np.sqrt(dim) + FLUSH
        largest = float(sizes.max()) / math.sqrt(dim)
        # Differences of scores are rounded once more, before the exponential.
        exponent = float(scores.max()) + 2 * SINGLE * (largest + float(scores.max())) + LIBRARY
        return float(np.expm1(exponent))

    def _mixture(self, values: Executed, length: int) -> Executed:
        """Values as large as a mixture of them may be, and its error.

        The sum of the weights and the sum of their products with values err as sums do.
        """
        sums = 2 * (length + 16) * SINGLE
        within_range(length * values.sizes)
        flushed = 4 * length * FLUSH * (values.sizes + 1)
        error = (values.error + sums * values.sizes + flushed).max(axis=0)
        return Executed(np.abs(values.exact).max(axis=0)[None], error[None])

    def _own(self, normed: Executed, query: int) -> Executed:
        """What the query adds to the stream by itself."""
        hidden = normed.row(query).times(self._matrix("mlp.fc_in"))
        active = gelu(hidden.plus(self._weights["transformer.h.0.mlp.fc_in.bias"]))
        mlp = active.times(self._matrix("mlp.fc_out"))
        mlp = mlp.plus(self._weights["transformer.h.0.mlp.fc_out.bias"])
        return mlp.plus(self.embedding.row(query))

    def _readout(self, streams: Array, error: Float64[np.ndarray, " width"]) -> tuple[float, float]:
        """What the last LayerNorm and the unembedding make of an error of the stream.

        Args:
            streams: what each token alone would make; an input's is a mixture.
            error: of each coordinate.

        Returns:
            Of the difference of two logits: its part over the scale, and its part outright.
        """
        error, scale, top = self._scale_error(streams, error)
        gain, head = self._weights["transformer.ln_f.weight"], self._weights["lm_head.weight"]
        shift, bias = self._weights["transformer.ln_f.bias"], self._weights["lm_head.bias"]
        width = gain.size
        weighted = np.abs(head * gain)
        carried = head @ shift + bias
        spread = float(carried.max() - carried.min())
        # Each of width + 6 roundings costs at most v of the size of what is summed.
        late = (width + 6) * SINGLE
        flushed = FLUSH * self._flushed_terms()
        across = math.sqrt(float((weighted**2).sum(axis=1).max()) * width)
        sizes = np.abs(head) @ np.abs(shift) + np.abs(bias)
        within_range(sizes + weighted.sum(axis=1) * math.sqrt(width) * 2)
        within_range(np.abs(gain) * math.sqrt(width) * 2 + np.abs(shift))
        outright = late * float(sizes.max()) + flushed
        linear = float((weighted @ error).max()) + late * across * (top + scale) + outright * scale
        return 2 * linear + spread * scale, 2 * outright

    def _flushed_terms(self) -> float:
        """How often ``FLUSH`` a logit may be off for numbers that were flushed.

        A normed entry is at most 2√width. It, its product with the gain, the sum with the shift,
        and the product with a weight of the unembedding may each be flushed, or what enters them.
        """
        gain, head = self._weights["transformer.ln_f.weight"], self._weights["lm_head.weight"]
        shift = np.abs(self._weights["transformer.ln_f.bias"]).max()
        normed, gained = 2 * math.sqrt(gain.size), np.abs(gain).max()
        entered = np.abs(head).max() * (normed + gained + 4)
        return float(gain.size * (entered + normed * gained + shift + 2) + 2)

    def _scale_error(
        self, streams: Array, error: Float64[np.ndarray, " width"]
    ) -> tuple[Float64[np.ndarray, " width"], float, float]:
        """The errors of the centred stream and of its scale, and the largest scale."""
        sizes, width = np.abs(streams).max(axis=0), streams.shape[1]
        centred = streams - streams.mean(axis=1, keepdims=True)
        ground = math.sqrt(self._epsilon)
        points = np.hstack([centred / math.sqrt(width), np.full((len(streams), 1), ground)])
        least = max(ground, least_norm(points))
        top = math.sqrt(float((points**2).sum(axis=1).max()))
        seen = sizes + error
        within_range(width * seen.max(keepdims=True) ** 2 * 4)
        centres = np.abs(centred).max(axis=0)
        error = error + error.mean() + (width + 8) * SINGLE * seen.mean()
        error = error + SINGLE * centres + (width + 4) * FLUSH
        variance = 2 * (width + 8) * SINGLE * float((seen**2).mean()) + (2 * width + 4) * FLUSH
        scale = math.sqrt(float((error**2).mean()))
        scale += min(variance / least, math.sqrt(variance)) + 4 * SINGLE * top
        require_divisor(np.array([least]), np.array([scale]), np.array([variance]))
        return error, scale, top

    def _matrix(self, name: str) -> Float64[np.ndarray, "columns out"]:
        matrix: Float64[np.ndarray, "columns out"]
        matrix = self._weights[f"transformer.h.0.{name}.weight"].T
        return matrix

    def _affine(self, name: str, normed: Executed) -> Executed:
        gain, shift = (self._weights[f"{name}.{part}"] for part in ("weight", "bias"))
        return normed.scaled(gain).plus(shift)


def angle_errors(config: GPTJConfig, length: int) -> Float64[np.ndarray, " turned"]:
    """How far the difference of two angles of each plane may be off, within a length.

    The frequency is ``1 / 10000ᵉ`` with e = 2i/rotary a rounded quotient: 10000ᵉ errs by a part
    ``e·ln 10000·v`` for that, and ``4v`` for the power, and the quotient adds v. So the
    difference of two angles errs by ``(9.211·e + 5)·v`` of itself; each of the two is a product
    that is rounded once, which costs v of it. All are at most (length − 1) times the frequency. A
    frequency that is stored is rounded once. A hundredth of room covers products of errors.

    Args:
        config: of the model.
        length: tokens per input, at most ``MOST_POSITIONS``.
    """
    frequencies = np.abs(np.array(config.angles))
    if isinstance(config, OnePlaneConfig):
        units = np.array([1.0])
    else:
        exponents = np.arange(0, config.rotary_dim, 2) / config.rotary_dim
        units = math.log(GPTJConfig.BASE) * exponents + 5
    errors: Float64[np.ndarray, " turned"] = (
        1.01 * SINGLE * (units + 2) * frequencies * (length - 1) + 2 * FLUSH * length
    )
    return errors


def layer_norm(x: Executed, epsilon: float) -> Executed:
    """A LayerNorm of every row, without gain and bias.

    With σ the scale and Δ its error, ``|ĉ/σ̂ − c/σ| ≤ (e + |c|Δ/σ) / (σ − Δ)`` for a centred entry c
    that errs by e; and the quotient is rounded. An error η of the variance, at most σ²/2, moves the
    scale by ``η / (σ + √(σ² + η)) < 0.6·η/σ``.

    Raises:
        OutOfRange: a sum of squares may overflow, or the scale may be too near zero.
    """
    width = x.exact.shape[1]
    within_range(width * x.sizes.max(axis=1) ** 2 * 4)
    centred = x.exact - x.exact.mean(axis=1, keepdims=True)
    scale = np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
    mean = (width + 8) * SINGLE * x.sizes.mean(axis=1, keepdims=True) + width * FLUSH
    off = x.error + x.error.mean(axis=1, keepdims=True) + mean + SINGLE * np.abs(centred) + FLUSH
    square = (x.sizes**2).mean(axis=1, keepdims=True)
    variance = 2 * (width + 8) * SINGLE * square + (2 * width + 4) * FLUSH
    lost = (
        np.sqrt((off**2).mean(axis=1, keepdims=True)) + 0.6 * variance / scale + 4 * SINGLE * scale
    )
    require_divisor(scale, lost, variance)
    normed = centred / scale
    error = ROOM * (off + np.abs(normed) * lost) / (scale - lost)
    return Executed(normed, error + 2 * SINGLE * (np.abs(normed) + error) + 2 * FLUSH)


def require_divisor(
    scale: Float64[np.ndarray, "..."],
    error: Float64[np.ndarray, "..."],
    variance: Float64[np.ndarray, "..."],
) -> None:
    """Raise unless scales stay positive, normal, and a half of what they are at least.

    Args:
        scale: at least.
        error: of it.
        variance: error of the variance, which must not become negative.

    Raises:
        OutOfRange: a scale may be too near zero, or a quotient by it may overflow.
    """
    fine = (error <= scale / 2) & (2 * variance <= scale**2) & (scale >= 2.0**-60)
    if not fine.all():
        raise OutOfRange


def gelu(x: Executed) -> Executed:
    """``gelu_new``: its slope is below 1.13, and its own rounding at most ``16v`` of x.

    The argument of the tangent errs by 7v of itself, which changes the tangent by at most 3.2v, as
    ``u · sech² u < 0.45``; the tangent errs by 4v, its sum with one by 2v, and two products by 2v.

    Raises:
        OutOfRange: a cube may overflow.
    """
    within_range(x.sizes**3)
    inner = math.sqrt(2 / math.pi) * (x.exact + 0.044715 * x.exact**3)
    exact = x.exact / 2 * (1 + np.tanh(inner))
    return Executed(exact, 1.13 * x.error + 16 * SINGLE * x.sizes + 8 * FLUSH * (x.sizes + 1))


def pair_lengths(
    x: Float64[np.ndarray, "rows dim"], rotary: int
) -> Float64[np.ndarray, "rows parts"]:
    """Lengths of the rotated pairs, then sizes of the rest."""
    lengths = np.hypot(x[:, 0:rotary:2], x[:, 1:rotary:2])
    return np.hstack([lengths, np.abs(x[:, rotary:])])


def least_norm(points: Float64[np.ndarray, "points width"]) -> float:
    """A lower bound of the norm over all mixtures of points (Gilbert's algorithm).

    For any ρ of norm 1 no mixture has a norm below the least ``⟨ρ, point⟩``.
    """
    best, near = 0.0, points.mean(axis=0)
    for _ in range(STEPS):
        norm = math.sqrt(float(near @ near))
        if not norm > 0:
            break
        along = points @ near
        best = max(best, float(along.min()) / norm)
        towards = points[along.argmin()] - near
        step = -(near @ towards) / max(float(towards @ towards), 1e-300)
        near = near + min(1.0, max(0.0, float(step))) * towards
    return best
