"""The angles of every RoPE type, in float64, from a layer's parameters.

``θ_f = base^(−2f / r)`` for ``r`` rotated channels (su2021roformer), then by type: position
interpolation, dynamic NTK, yarn, the bands of Llama 3, and longrope. The parameters are the
``rope_parameters`` of a Hugging Face configuration, as ``transformers`` 5 normalises them.
"""

import math
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from theory.refusal import Refusal

Parameters = Mapping[str, Any]
Angles = Float64[np.ndarray, " planes"]


@dataclass(frozen=True)
class Context:
    """What the angles may depend on besides the parameters.

    Attributes:
        channels: rotated channels of a head, an even number.
        length: tokens of the input at hand.
        trained: ``max_position_embeddings``, the length the model was made for.
    """

    channels: int
    length: int
    trained: int

    def ladder(self, base: int | float) -> Angles:
        """``base^(−2f / r)`` for each plane."""
        with np.errstate(all="ignore"):  # angles that are not finite are refused
            return base ** (-np.arange(0, self.channels, 2) / self.channels)


def angles(parameters: Parameters, context: Context) -> tuple[Angles, float]:
    """Radians per position for each plane, and the attention factor.

    Args:
        parameters: ``rope_type``, ``rope_theta`` and what the type needs.
        context: rotated channels and lengths.

    Returns:
        The angles, and what multiplies rotated queries and keys alike.

    Raises:
        Refusal: a type that is not known here, or a parameter that is missing or no number.
    """
    kind = parameters.get("rope_type", "default")
    if kind not in TYPES:
        raise Refusal(
            f"RoPE type {reprlib.repr(kind)} is not read: its angles are not known here; "
            f"the types are {', '.join(TYPES)}"
        )
    try:
        by_plane, factor = TYPES[kind](parameters, context)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise Refusal(
            f"the rope_parameters of type {kind} are not complete ({reprlib.repr(str(error))}): "
            "copy them from the model's own config.json"
        ) from error
    if by_plane.shape != (context.channels // 2,) or not np.isfinite([*by_plane, factor]).all():
        raise Refusal(
            f"the rope_parameters of type {kind} do not give {context.channels // 2} finite "
            "angles: copy them from the model's own config.json"
        )
    return by_plane, factor


def _default(given: Parameters, context: Context) -> tuple[Angles, float]:
    return context.ladder(given["rope_theta"]), 1.0


def _linear(given: Parameters, context: Context) -> tuple[Angles, float]:
    return context.ladder(given["rope_theta"]) / given["factor"], 1.0


def _dynamic(given: Parameters, context: Context) -> tuple[Angles, float]:
    factor, channels = given["factor"], context.channels
    stretch = factor * max(context.length, context.trained) / context.trained - (factor - 1)
    return context.ladder(given["rope_theta"] * stretch ** (channels / (channels - 2))), 1.0


def _yarn(given: Parameters, context: Context) -> tuple[Angles, float]:
    base, channels = given["rope_theta"], context.channels
    original = given["original_max_position_embeddings"]
    factor = given.get("factor") or context.trained / original

    def plane(rotations: int | float) -> float:
        """The plane that turns so often within the original length."""
        return channels * math.log(original / (rotations * 2 * math.pi)) / (2 * math.log(base))

    low, high = plane(given.get("beta_fast") or 32), plane(given.get("beta_slow") or 1)
    if given.get("truncate", True):
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, channels - 1)
    if low == high:
        high += 0.001
    ramp = np.clip((np.arange(channels // 2) - low) / (high - low), 0, 1)
    ladder = context.ladder(base)

    def magnitude(weight: int | float) -> float:
        return 0.1 * weight * math.log(factor) + 1.0 if factor > 1 else 1.0

    attention = given.get("attention_factor")
    if attention is None:
        every, rotated = given.get("mscale"), given.get("mscale_all_dim")
        attention = magnitude(1)
        if every and rotated:
            attention = magnitude(every) / magnitude(rotated)
    return ladder * (1 - ramp) + ladder / factor * ramp, float(attention)


def _llama3(given: Parameters, context: Context) -> tuple[Angles, float]:
    ladder = context.ladder(given["rope_theta"])
    turns = given["original_max_position_embeddings"] * ladder / (2 * math.pi)
    low, high = given["low_freq_factor"], given["high_freq_factor"]
    smooth = np.clip((turns - low) / (high - low), 0, 1)
    return ladder * (smooth + (1 - smooth) / given["factor"]), 1.0


def _longrope(given: Parameters, context: Context) -> tuple[Angles, float]:
    original = given["original_max_position_embeddings"]
    factor = given.get("factor") or context.trained / original
    divisors = given["long_factor" if context.length > original else "short_factor"]
    attention = given.get("attention_factor")
    if attention is None:
        attention = math.sqrt(1 + math.log(factor) / math.log(original)) if factor > 1 else 1.0
    return context.ladder(given["rope_theta"]) / np.array(divisors, dtype=float), float(attention)


TYPES: dict[str, Callable[[Parameters, Context], tuple[Angles, float]]] = {
    "default": _default,
    "linear": _linear,
    "dynamic": _dynamic,
    "llama3": _llama3,
    "yarn": _yarn,
    "longrope": _longrope,
}
"""Every type that is read, by its Hugging Face name."""
