"""What queries and keys of a head can be, whatever the residual stream holds: ellipsoids.

A norm leaves a row ``gain · u + bias`` with ``‖u‖ ≤ √width``, as the mean square of what it divides
by is at least that of the row; LayerNorm also takes the mean away. A projection maps this ball to
an ellipsoid. Queries and keys that are normed themselves lie in one that the projection has no part
in. Nothing else of the stream is used, and no context may reach what is left.

Directions and centres are float64, and come with a bound on what rounding has done to them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor, nn

from empirical.foreign.families.family import (
    Family,
    head_dim,
    layer_norm,
    rms_norm,
    rms_norm_from_one,
)
from empirical.foreign.reading import Model
from theory.refusal import Refusal

UNIT = 2.0**-53
"""Half the distance from 1 to the next float64."""
ROOM = 8
"""Roundings that are allowed beside those of a sum's terms."""


@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """Every vector ``centre + u @ directions`` with ``‖u‖ ≤ radius``.

    Attributes:
        directions: rows; channels are the real parts of planes, their imaginary parts, and those
            that do not turn.
        centre: of the same channels.
        radius: of the ball that is mapped.
        error: by how much the directions may be off, as a Frobenius norm.
        centre_error: by how much the centre may be off, as a norm.
    """

    directions: Float64[np.ndarray, "rows channels"]
    centre: Float64[np.ndarray, " channels"]
    radius: float
    error: float
    centre_error: float


@torch.inference_mode()
def ellipsoids(model: Model, layer: int) -> list[tuple[Ellipsoid, Ellipsoid]]:
    """What the query and the key of every head of a block can be.

    Args:
        model: the model.
        layer: which block.

    Raises:
        Refusal: nothing is known of what a norm or a projection of the family leaves.
    """
    family, config = model.family, model.module.config
    block = family.blocks_of(model.module)[layer]
    attention, size = family.attention_of(block), head_dim(config)
    if family.normalise_heads is not None:
        norms = attention.q_norm, attention.k_norm
        queries, keys = (_normed(family, family.normalise_heads, norm, size) for norm in norms)
        queries = queries * int(config.num_attention_heads)
        keys = keys * int(config.num_key_value_heads)
    elif family.normalise_as_one is not None:
        norms = attention.q_norm, attention.k_norm
        queries, keys = (_normed(family, family.normalise_as_one, norm, size) for norm in norms)
    else:
        queries, keys = _projected(family, attention, getattr(block, family.norm), size)
    turns, share = family.rotated(config), len(queries) // len(keys)
    queries, keys = ([_by_planes(family, one, turns) for one in every] for every in (queries, keys))
    return [(query, keys[number // share]) for number, query in enumerate(queries)]


def _by_planes(family: Family, ellipsoid: Ellipsoid, turns: int) -> Ellipsoid:
    """The same with its channels in the order of planes."""

    def ordered(rows: np.ndarray) -> np.ndarray:
        planes, rest = family.planes(torch.from_numpy(rows), turns)
        return np.hstack([planes.real, planes.imag, rest])

    directions, centre = ordered(ellipsoid.directions), ordered(ellipsoid.centre[None])[0]
    return Ellipsoid(directions, centre, ellipsoid.radius, ellipsoid.error, ellipsoid.centre_error)


def _gain(normalise: Callable[..., Tensor], norm: Any) -> tuple[Tensor, Tensor]:
    """The gain of a norm, and its bias.

    Raises:
        Refusal: it is none of those that are known, or its epsilon is negative.
    """
    if normalise not in (layer_norm, rms_norm, rms_norm_from_one):
        raise Refusal(
            f"what {getattr(normalise, '__name__', normalise)} leaves of a row has no bound that "
            "is known here: only heads of the first layer can be judged of this family"
        )
    epsilon = norm.variance_epsilon if normalise is rms_norm else norm.eps
    if not epsilon >= 0:
        raise Refusal(f"a norm adds {epsilon} to a mean square, so that nothing bounds its rows")
    gain = (1 + norm.weight if normalise is rms_norm_from_one else norm.weight).double()
    return gain, norm.bias.double() if normalise is layer_norm else torch.zeros_like(gain)


def _normed(
    family: Family, normalise: Callable[..., Tensor], norm: Any, size: int
) -> list[Ellipsoid]:
    """Of vectors that are normed after their projection, one for each head that the norm covers."""
    gain, bias = _gain(normalise, norm)
    radius = gain.numel() ** 0.5 * (1 + ROOM * UNIT)
    return [
        Ellipsoid(
            directions=torch.diag(part).numpy(),
            centre=centre.numpy(),
            radius=radius,
            error=ROOM * UNIT * float(part.norm()),
            centre_error=0.0,
        )
        for part, centre in zip(torch.split(gain, size), torch.split(bias, size), strict=True)
    ]


def _projected(
    family: Family, attention: Any, norm: Any, size: int
) -> tuple[list[Ellipsoid], list[Ellipsoid]]:
    """Of projections of normed rows, of every query head and every key head."""
    gain, bias = _gain(family.normalise, norm)
    width = gain.numel()
    rows = torch.diag(gain)
    if family.normalise is layer_norm:
        rows = rows - gain / width
    straight = _Changed(attention, lambda linear: (linear.weight, None))
    moduli = _Changed(attention, lambda linear: (linear.weight.abs(), _modulus(linear.bias)))
    images = family.project(straight, rows, size)[:2]
    centres = family.project(attention, bias[None], size)[:2]
    # A sum of as many products as the row is wide is off by at most so many units of that of
    # their moduli, which is rounded itself.
    units = 2 * (width + ROOM) * UNIT
    row_moduli = torch.diag(gain.abs()) + (gain.abs() / width)
    off = family.project(_Changed(attention, _moduli_alone), row_moduli, size)[:2]
    centre_off = family.project(moduli, bias.abs()[None], size)[:2]
    radius = width**0.5 * (1 + ROOM * UNIT)
    queries, keys = (
        [
            Ellipsoid(
                directions=image[:, head].contiguous().numpy(),
                centre=centre[0, head].numpy(),
                radius=radius,
                error=units * float(error[:, head].norm()),
                centre_error=units * float(centre_error[0, head].norm()),
            )
            for head in range(image.shape[1])
        ]
        for image, centre, error, centre_error in zip(images, centres, off, centre_off, strict=True)
    )
    return queries, keys


def _modulus(bias: Tensor | None) -> Tensor | None:
    return None if bias is None else bias.abs()


def _moduli_alone(linear: nn.Linear) -> tuple[Tensor, Tensor | None]:
    return linear.weight.abs(), None


class _Changed:
    """An attention module whose linear parts have other weights and biases.

    Raises:
        Refusal: a part is asked for that is a module of another kind.
    """

    def __init__(
        self, attention: Any, change: Callable[[nn.Linear], tuple[Tensor, Tensor | None]]
    ) -> None:
        self._attention, self._change = attention, change

    def __getattr__(self, name: str) -> Any:
        part = getattr(self._attention, name)
        if not isinstance(part, nn.Module):
            return part
        if type(part) is not nn.Linear:
            raise Refusal(
                f"{name} is no plain projection, and what it leaves of a row has no bound that is "
                "known here: only heads of the first layer can be judged of this family"
            )
        weight, bias = self._change(part)
        return SimpleNamespace(weight=weight, bias=bias)
