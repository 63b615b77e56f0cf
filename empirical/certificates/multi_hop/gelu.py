"""Bounds of ``gelu_new`` over intervals.

``gelu_new(x) = x·s(2z)`` with the logistic function s and ``z = √(2/π)·(x + 0.044715 x³)``. Its
derivative is ``s(2z)·(1 − φ)`` with ``φ = −2x z'(x)·s(−2z)``. For x ≥ 0 that is positive. For x < 0
each factor of φ grows with |x|, so φ crosses 1 once: the function falls up to one point and rises
after it.
"""

import numpy as np
from jaxtyping import Float64

from empirical.certificates.arithmetic.rounding import exp
from empirical.certificates.multi_hop.forms import FLOOR, ROUNDING, Array

TURNING = (-0.7525, -0.7524)
"""The point is between these."""
LEAST = -0.1700408
"""No value is below this."""
CUBIC, SLOPE = 0.044715, float(np.sqrt(2 / np.pi))
BLUR = 4 * ROUNDING
"""An exponent below 690 in size is off by less than 2⁻⁴⁰, and so is the value, relatively."""


def gelu_range(low: Array, high: Array) -> tuple[Array, Array]:
    """Bounds of the function over intervals.

    Args:
        low: lower ends.
        high: upper ends.

    Returns:
        Lower and upper bounds; where an end is not finite, the bounds of the whole line.
    """
    known = np.isfinite(low) & np.isfinite(high)
    left, right = _about(np.where(known, low, 0.0)), _about(np.where(known, high, 0.0))
    lowest = np.minimum(left, right)
    highest = np.maximum(left, right)
    turns = (low <= TURNING[1]) & (high >= TURNING[0])
    lowest = np.where(turns | ~known, LEAST, lowest - (BLUR * np.abs(lowest) + FLOOR))
    return lowest, np.where(known, highest + (BLUR * np.abs(highest) + FLOOR), np.inf)


def _about(x: Array) -> Float64[np.ndarray, "..."]:
    """The function to a relative error of ``BLUR`` and an absolute one of ``FLOOR``."""
    doubled = 2 * SLOPE * (x + CUBIC * x**3)
    power = exp(-np.abs(doubled))  # below 1; the smallest are nothing beside 1
    share = np.where(doubled >= 0, 1.0, power) / (1 + power)
    return np.asarray(x * share)
