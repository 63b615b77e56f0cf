"""The reference semantics: one causal RoPE attention layer, in NumPy float64.

Rows are positions, counted from 0; columns are channels; axes before them, where there are any,
are inputs of one length, each on its own. Channels ``2f`` and ``2f + 1`` are the
plane ``f``, which turns by ``angles[f]`` radians per position, counter-clockwise
(su2021roformer). An angle of 0 makes a NoPE plane. Everything else in the package that runs a
head must agree with this file.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Num

from theory.refusal import Refusal


@dataclass(frozen=True, eq=False)
class HeadWeights:
    """One attention head; the rows of ``x`` are multiplied by the matrices from the left.

    Attributes:
        angles: radians per position, one for each plane; 0 is a NoPE plane.
        query: matrix from the width of the layer to the rotated channels, two per plane.
        key: the same shape as ``query``.
        value: matrix from the width of the layer to the values that attention averages.
        output: matrix from the averaged values back to the width of the layer.

    Raises:
        Refusal: shapes disagree (an odd number of query channels is one case), or an entry is not
        finite.
    """

    angles: Float[np.ndarray, " planes"]
    query: Float[np.ndarray, "_width _channels"]
    key: Float[np.ndarray, "_width _channels"]
    value: Float[np.ndarray, "_width _inner"]
    output: Float[np.ndarray, "_inner _width"]

    def __post_init__(self) -> None:
        # The underscores above keep jaxtyping from comparing shapes, so that the refusal below can.
        planes, width, inner = self.angles.size, self.query.shape[0], self.value.shape[-1]
        needed = {
            "angles": (planes,),
            "query": (width, 2 * planes),
            "key": (width, 2 * planes),
            "value": (width, inner),
            "output": (inner, width),
        }
        for name, shape in needed.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise Refusal(
                    f"HeadWeights.{name} has shape {array.shape} where {shape} is needed: give "
                    "every angle two query and key channels and every matrix the width of the "
                    "layer."
                )
            if not np.isfinite(array).all():
                raise Refusal(
                    f"HeadWeights.{name} is not finite: replace its NaN and infinite entries."
                )


@dataclass(frozen=True)
class Layer:
    """Heads side by side, whose outputs are added.

    Attributes:
        heads: the heads.
        residual: whether the input is added to the sum of their outputs.

    Raises:
        Refusal: there is no head, or two heads differ in width.
    """

    heads: tuple[HeadWeights, ...]
    residual: bool

    def __post_init__(self) -> None:
        widths = sorted({head.query.shape[0] for head in self.heads})
        if len(widths) != 1:
            raise Refusal(f"Layer.heads have the widths {widths}: give heads of one width.")


def rotate(
    vectors: Float[np.ndarray, "*inputs positions channels"],
    angles: Float[np.ndarray, " planes"],
    positions: Num[np.ndarray, " positions"],
) -> Float[np.ndarray, "*inputs positions channels"]:
    """Turn plane ``f`` of row ``r`` by ``positions[r] * angles[f]`` (su2021roformer).

    Args:
        vectors: one row per position of each input, two channels for each plane.
        angles: radians per position.
        positions: by how many positions each row is turned; negative ones turn it clockwise.

    Raises:
        Refusal: the rows do not hold two channels for each angle, or an angle is not finite.
    """
    if not np.isfinite(angles).all():
        raise Refusal(f"The angles {angles} are not all finite: give radians per position.")
    if vectors.shape[-1] != 2 * angles.size:
        raise Refusal(
            f"Vectors with {vectors.shape[-1]} channels cannot be turned by {angles.size} angles: "
            "give two channels for each angle."
        )
    turns = np.multiply.outer(positions, angles)
    cosine, sine = np.cos(turns), np.sin(turns)
    even, odd = vectors[..., 0::2], vectors[..., 1::2]
    turned = np.stack([cosine * even - sine * odd, sine * even + cosine * odd], axis=-1)
    return turned.reshape(vectors.shape)


def causal(
    logits: Float[np.ndarray, "*inputs positions positions"],
) -> Float[np.ndarray, "*inputs positions positions"]:
    """Returns the logits with later keys hidden: minus infinity above the diagonal."""
    return np.where(np.tri(logits.shape[-1], dtype=bool), logits, -np.inf)


def logits(
    head: HeadWeights, x: Float[np.ndarray, "*inputs positions width"]
) -> Float[np.ndarray, "*inputs positions positions"]:
    """Returns ``k_jᵀ R_{i-j} q_i`` in row ``i``, column ``j``; minus infinity where ``j > i``.

    ``R_t`` turns plane ``f`` counter-clockwise by ``t * angles[f]`` (su2021roformer). No scale
    is applied: the inverse temperature of ``weights`` is the only one.

    Args:
        head: the head.
        x: one row per position of each input.

    Raises:
        Refusal: ``x`` has no row, or not the width of the head.
    """
    width = head.query.shape[0]
    if x.shape[-2] == 0 or x.shape[-1] != width:
        raise Refusal(
            f"The input of the layer has shape {x.shape}: give at least one row of width {width}."
        )
    positions = np.arange(x.shape[-2])
    queries = rotate(x @ head.query, head.angles, positions)
    keys = rotate(x @ head.key, head.angles, positions)
    return causal(queries @ keys.swapaxes(-1, -2))


def weights(
    logits: Float[np.ndarray, "*inputs queries keys"], beta: float
) -> Float[np.ndarray, "*inputs queries keys"]:
    """Returns attention weights: the rows are not negative and each sums to 1.

    Args:
        logits: one row per query; minus infinity hides a key.
        beta: the inverse temperature, a factor of all logits. ``math.inf`` is hard attention:
        uniform over the keys with exactly the largest logit, which is the limit of the softmax as
        ``beta`` grows.

    Raises:
        Refusal: ``beta`` is not positive.
    """
    if not beta > 0:
        raise Refusal(f"The inverse temperature is {beta}: give a positive number or infinity.")
    shortfall = logits - logits.max(axis=-1, keepdims=True)
    mass = np.exp(beta * shortfall) if math.isfinite(beta) else (shortfall == 0).astype(float)
    return np.asarray(mass / mass.sum(axis=-1, keepdims=True))


def attend(
    layer: Layer, x: Float[np.ndarray, "*inputs positions width"], beta: float = math.inf
) -> Float[np.ndarray, "*inputs positions width"]:
    """Returns the output of a layer: the sum of its heads' outputs, plus ``x`` with a residual.

    Args:
        layer: the heads.
        x: one row per position of each input.
        beta: inverse temperature as in ``weights``; ``math.inf`` is hard attention.

    Raises:
        Refusal: as ``logits`` and ``weights``.
    """
    output = x if layer.residual else np.zeros_like(x)
    for head in layer.heads:
        output = output + weights(logits(head, x), beta) @ (x @ head.value) @ head.output
    return output
