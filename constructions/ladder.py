"""Computes the angles of a GPT-J or Llama head (su2021roformer), exact and as floats."""

from theory.angle import Angle


def rope_ladder(base: float, channels: int) -> list[Angle]:
    """Returns the exact angles ``base^(-2k/channels)`` radians, the largest first.

    Raises:
        Refusal: the base is not finite and positive, or ``channels`` is odd or below 2.
    """
    return [Angle.of_plane(base, channels, plane) for plane in range(max(1, channels // 2))]


def in_radians(ladder: list[Angle]) -> list[float]:
    """Returns the floats nearest to exact angles, in radians per position."""
    return [float(angle.ball(64).mid()) for angle in ladder]
