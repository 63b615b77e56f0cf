"""Float64 arrays with a bound on their distance from real numbers.

Throughout, u = 2⁻⁵³ and NumPy is trusted to add, multiply and take square roots as IEEE 754 says;
sums may be taken in any order (k terms cost at most k·u·Σ|terms|, up to a factor 1 + k·u that
every bound here has room for). No library exponential is trusted.
"""

import math

import numpy as np
from flint import arb, arb_mat, ctx
from jaxtyping import Float64

UNIT = 2.0**-53
BITS = 128
"""Precision of the balls that settle what floats cannot."""
EXP_ERROR = 80 * UNIT
"""Relative error of ``exp`` below."""
TINY = 2.0**-1000
"""Absolute error of ``exp`` below, where its result would be smaller than floats can hold."""

_LN2_HIGH = math.floor(math.log(2) * 2**32) / 2**32
with ctx.workprec(BITS):
    _LN2_LOW = float(arb(2).log() - arb(_LN2_HIGH))
_TERMS = [1 / math.factorial(k) for k in range(14)]


def exp(x: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """``eˣ`` for x ≤ 1, by argument reduction and a Taylor polynomial.

    With k the integer nearest to x/ln 2, ``r = (x − k·h) − k·l`` where h holds the first 32 bits
    of ln 2 (k·h is exact, as |k| < 2¹¹) and l the rest: r errs by at most 4u in size. The 13th
    Taylor polynomial misses ``eʳ`` by less than u·eʳ for |r| ≤ 0.35, Horner's rule by less than
    60u·eʳ, and scaling by 2ᵏ is exact. Below x = −690 the result is zero or lies under 2⁻⁹⁹⁵ and
    is set to zero; arguments that small are told apart by balls only.

    Args:
        x: exponents, at most 1.

    Returns:
        The powers, to a relative error ``EXP_ERROR`` or an absolute error ``TINY · 32``.
    """
    seen = np.maximum(x, -700.0)
    k = np.rint(seen * (1 / math.log(2)))
    r = (seen - k * _LN2_HIGH) - k * _LN2_LOW
    value = np.full_like(r, _TERMS[-1])
    for term in reversed(_TERMS[:-1]):
        value *= r
        value += term
    powers: Float64[np.ndarray, "*shape"] = np.where(
        x < -690.0, 0.0, np.ldexp(value, k.astype(int))
    )
    return powers


def centre(ball: arb) -> float:
    """The float at a ball's midpoint, to 2u of its size."""
    return float(ball.mid())


def from_balls(matrix: arb_mat) -> tuple[Float64[np.ndarray, "rows columns"], float]:
    """Midpoints of a matrix of balls, and a bound on how far any of them is from its number.

    Args:
        matrix: balls of 128 bits.

    Returns:
        The midpoints, and one bound that holds for all entries.
    """
    entries = matrix.entries()
    values = np.array([centre(ball) for ball in entries]).reshape(matrix.nrows(), matrix.ncols())
    radius = max(float(ball.rad()) for ball in entries)
    return values, 4 * UNIT * float(np.abs(values).max()) + 2 * radius
