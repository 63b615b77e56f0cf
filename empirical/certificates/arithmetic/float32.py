"""How far the logits of an executed float32 forward pass may be from those in real numbers.

The model of an execution, for any order of operations: with ``v = 2⁻²⁴``, sums, products,
quotients and square roots round correctly, so that an inner product of k terms errs by at most
``(k + 1)·v`` of the sum of its terms' sizes; the library's exponential, power, hyperbolic tangent,
sine and cosine err by at most ``4v`` of their value (sine and cosine: of one); mean and variance of
a LayerNorm err by at most ``(width + 8)·v`` of the mean size and of twice the mean square. Angles
are either computed in float32 from the position and a float32 frequency, or more precisely. What
PyTorch and its kernels do is trusted to lie within this model.

Running errors are carried through the finite tables (Higham, Accuracy and Stability of Numerical
Algorithms, ch. 3): an array comes with a bound of each entry's error.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from empirical.files.checkpoint import Checkpoint
from empirical.models.config import GPTJConfig

SINGLE = 2.0**-24
"""v, the unit roundoff of float32."""
LIBRARY = 4 * SINGLE
"""Error of a library function."""
STEPS = 400
"""Of the search for the least scale of the final LayerNorm."""
ROOM = 1.01
"""Covers this file's own rounding and products of errors, all far below a hundredth."""


@dataclass(frozen=True, eq=False)
class Executed:
    """An array of numbers and how far an execution may be from each.

    Attributes:
        exact: the numbers, rounded to float64.
        error: of each number.
    """

    exact: Float64[np.ndarray, "rows columns"]
    error: Float64[np.ndarray, "rows columns"]

    def times(self, matrix: Float64[np.ndarray, "columns out"]) -> "Executed":
        """A product with stored weights."""
        sizes = np.abs(matrix)
        terms = (self.exact.shape[1] + 1) * SINGLE * ((np.abs(self.exact) + self.error) @ sizes)
        return Executed(self.exact @ matrix, self.error @ sizes + terms)

    def row(self, index: int) -> "Executed":
        """One row."""
        return Executed(self.exact[index : index + 1], self.error[index : index + 1])

    def plus(self, other: "Executed | Float64[np.ndarray, ' columns']") -> "Executed":
        """A sum with another array or with stored numbers."""
        more = other if isinstance(other, Executed) else _stored(np.atleast_2d(other))
        exact, error = self.exact + more.exact, self.error + more.error
        return Executed(exact, error + SINGLE * (np.abs(exact) + error))


@dataclass(frozen=True)
class Slack:
    """How much an answer must be ahead in real numbers, to be ahead in an execution.

    Attributes:
        weight: relative error of an unnormalised attention weight.
        linear: other errors of the unnormalised difference, per unit of weight (``Tables.linear``).
        bias: other errors of the difference of logits (``Tables.bias``).
    """

    weight: float
    linear: float
    bias: float


class Execution:
    """The tables of a one-block, one-head checkpoint as float32 would have them.

    Args:
        checkpoint: one block, one head.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.config = checkpoint.config
        self._weights = {name: w.astype(float) for name, w in checkpoint.weights.items()}
        self.embedding = _stored(self._weights["transformer.wte.weight"])
        epsilon = float(self.config.layer_norm_epsilon)
        normed = _normed(self.embedding, epsilon)
        self.normed = self._scaled("transformer.h.0.ln_1", normed)
        self.queries, self.keys, self.values = (
            self.normed.times(self._matrix(f"attn.{name}_proj")) for name in "qkv"
        )

    def slack(self, query: int, length: int) -> Slack:
        """How much an answer must be ahead at the last position, at lengths up to one.

        The difference of two logits is ``L/σ + B``, L linear in the stream, σ the scale of the
        final LayerNorm. As computed it has the sign of ``L̂ + Bσ̂``. If the stream errs by e, then
        L errs by ``|weights| · e`` and σ by ``rms(e)``; if the variance errs by η, then σ by at
        most η/σ and √η. What is rounded after the division counts as a part of L where it is one of
        ``L/σ``, and else of B. Attention weights may err by a part of each.

        Args:
            query: token id at the end.
            length: tokens per input; positions count from zero.
        """
        weight, mixed = self._attended(query, length)
        attended = mixed.times(self._matrix("attn.out_proj"))
        hidden = self.normed.row(query).times(self._matrix("mlp.fc_in"))
        active = _gelu(hidden.plus(self._weights["transformer.h.0.mlp.fc_in.bias"]))
        mlp = active.times(self._matrix("mlp.fc_out"))
        mlp = mlp.plus(self._weights["transformer.h.0.mlp.fc_out.bias"])
        own = mlp.plus(self.embedding.row(query))
        streams = own.exact + self.values.exact @ self._matrix("attn.out_proj")
        sizes = np.abs(streams).max(axis=0)
        # Attention, MLP and residual are added in any order.
        added = np.abs(own.exact[0]) + np.abs(self.embedding.exact[query]) + sizes
        error = own.error[0] + attended.error[0] + 2 * SINGLE * added

        width = sizes.size
        centred = streams - streams.mean(axis=1, keepdims=True)
        ground = float(np.sqrt(float(self.config.layer_norm_epsilon)))
        points = np.hstack([centred / np.sqrt(width), np.full((len(streams), 1), ground)])
        least = max(ground, _least_norm(points))
        top = float(np.sqrt((points**2).sum(axis=1).max()))
        centres = np.abs(centred).max(axis=0)
        error += error.mean() + (width + 8) * SINGLE * sizes.mean() + SINGLE * centres
        variance = 2 * (width + 8) * SINGLE * float((sizes**2).mean())
        scale = np.sqrt((error**2).mean()) + min(variance / least, np.sqrt(variance))
        scale += 4 * SINGLE * top

        gain, head = self._weights["transformer.ln_f.weight"], self._weights["lm_head.weight"]
        shift, bias = self._weights["transformer.ln_f.bias"], self._weights["lm_head.bias"]
        weighted = np.abs(head * gain)
        carried = head @ shift + bias
        spread = float(carried.max() - carried.min())
        # Each of width + 6 roundings costs at most v of the size of what is summed.
        late = (width + 6) * SINGLE
        across = float(np.sqrt((weighted**2).sum(axis=1).max() * width))
        outright = late * float((np.abs(head) @ np.abs(shift) + np.abs(bias)).max())
        linear = float((weighted @ error).max()) + late * across * (top + scale) + outright * scale
        linear = 2 * linear + spread * scale
        return Slack(ROOM * weight, float(ROOM * linear), 2 * ROOM * outright)

    def _attended(self, query: int, length: int) -> tuple[float, Executed]:
        """Relative error of a weight; values as large as a mixture may have them, and its error.

        A rotated pair errs by ``17v`` of its length (four library values, products and a sum). Two
        rotations differ in angle by ``15v`` of the largest angle more than they should: ``13v`` for
        a frequency (a power of 10000, its exponent, a quotient), ``v`` for each of two products.
        """
        config = self.config
        rotary, dim = config.rotary_dim, config.head_dim
        q, k = self.queries.row(query), self.keys
        angles = GPTJConfig.BASE ** (-np.arange(0, rotary, 2) / rotary)
        q_size, k_size = _pairs(q.exact, rotary), _pairs(k.exact, rotary)
        q_error, k_error = _pairs(q.error, rotary), _pairs(k.error, rotary)
        turned = np.concatenate([15 * SINGLE * (length - 1) * angles, np.zeros(dim - rotary)])
        relative = np.minimum(turned, 2.0) + 34 * SINGLE
        products = q_size * k_size
        sizes = products.sum(axis=1)
        errors = (q_size * k_error + q_error * (k_size + k_error) + products * relative).sum(axis=1)
        scores = (errors + (dim + 10) * SINGLE * sizes) / np.sqrt(dim)
        largest = sizes.max() / np.sqrt(dim)
        # One score is taken off all others before the exponential.
        weight = np.expm1(scores.max() + 2 * SINGLE * (largest + scores.max()) + LIBRARY)
        # The sum of the weights and the sum of their products with values err as sums do.
        sums = 2 * (length + 16) * SINGLE
        v = self.values
        error = (v.error + sums * (np.abs(v.exact) + v.error)).max(axis=0)
        return float(weight), Executed(np.abs(v.exact).max(axis=0)[None], error[None])

    def _matrix(self, name: str) -> Float64[np.ndarray, "columns out"]:
        matrix: Float64[np.ndarray, "columns out"]
        matrix = self._weights[f"transformer.h.0.{name}.weight"].T
        return matrix

    def _scaled(self, name: str, normed: Executed) -> Executed:
        gain, shift = (self._weights[f"{name}.{part}"] for part in ("weight", "bias"))
        exact = normed.exact * gain
        scaled = Executed(exact, normed.error * np.abs(gain) + SINGLE * np.abs(exact))
        return scaled.plus(shift)


def _stored(array: Float64[np.ndarray, "rows columns"]) -> Executed:
    return Executed(array, np.zeros_like(array))


def _normed(x: Executed, epsilon: float) -> Executed:
    """A LayerNorm of every row, without gain and bias."""
    width = x.exact.shape[1]
    centred = x.exact - x.exact.mean(axis=1, keepdims=True)
    scale = np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
    mean_error = (width + 8) * SINGLE * np.abs(x.exact).mean(axis=1, keepdims=True)
    off = x.error + x.error.mean(axis=1, keepdims=True) + mean_error + SINGLE * np.abs(centred)
    relative = np.sqrt((off**2).mean(axis=1, keepdims=True)) / scale
    square = (x.exact**2).mean(axis=1, keepdims=True)
    relative = relative + (width + 8) * SINGLE * square / scale**2 + 4 * SINGLE
    normed = centred / scale
    return Executed(normed, off / scale + np.abs(normed) * relative)


def _gelu(x: Executed) -> Executed:
    """``gelu_new``: its slope is below 1.13, and its own rounding at most ``16v`` of x."""
    inner = np.sqrt(2 / np.pi) * (x.exact + 0.044715 * x.exact**3)
    exact = x.exact / 2 * (1 + np.tanh(inner))
    return Executed(exact, 1.13 * x.error + 16 * SINGLE * (np.abs(x.exact) + x.error))


def _pairs(x: Float64[np.ndarray, "rows dim"], rotary: int) -> Float64[np.ndarray, "rows parts"]:
    """Lengths of the rotated pairs, then sizes of the rest."""
    lengths = np.hypot(x[:, 0:rotary:2], x[:, 1:rotary:2])
    return np.hstack([lengths, np.abs(x[:, rotary:])])


def _least_norm(points: Float64[np.ndarray, "points width"]) -> float:
    """A lower bound of the norm over all mixtures of points (Gilbert's algorithm).

    For any ρ of norm 1 no mixture has a norm below the least ``⟨ρ, point⟩``.
    """
    best, near = 0.0, points.mean(axis=0)
    for _ in range(STEPS):
        along = points @ near
        best = max(best, float(along.min()) / float(np.sqrt(near @ near)))
        towards = points[along.argmin()] - near
        step = -(near @ towards) / max(float(towards @ towards), 1e-300)
        near = near + min(1.0, max(0.0, float(step))) * towards
    return best
