"""Float64 arrays with a bound on their distance from real numbers.

Throughout, u = 2⁻⁵³ and NumPy is trusted to add, multiply and take square roots as IEEE 754 says;
sums may be taken in any order (k terms cost at most k·u·Σ|terms|, up to a factor 1 + k·u that
every bound here has room for). No library exponential is trusted. Each analysis says in which
range of numbers it holds; ``Tables.in_range`` tests it.
"""

import math

import numpy as np
from flint import arb, arb_mat, ctx
from jaxtyping import Float64, Int32

UNIT = 2.0**-53
PRECISIONS = (128, 512, 2048)
"""Bits of the balls that settle what floats cannot, one after the other."""
BITS = PRECISIONS[0]
EXP_ERROR = 80 * UNIT
"""Relative error of ``exp_parts`` below."""
FURTHEST = 2.0**20
"""Exponents of e up to this in size have their power computed; below minus it, none is told apart
from zero."""
TINY = 2.0**-1000
"""Absolute error of ``exp`` below, where its result would be smaller than floats can hold."""
LARGEST = 2.0**300
"""Numbers between the reciprocal of this and this can be multiplied three times, so that nothing
overflows, and what underflows is far below the rounding of the rest."""
WIDEST = 1 << 14
"""Coordinates of a vector, at most, for which ``units`` rounds as it says."""

_LN2_HIGH = math.floor(math.log(2) * 2**32) / 2**32
with ctx.workprec(BITS):
    _LN2_LOW = float(arb(2).log() - arb(_LN2_HIGH))
_TERMS = [1 / math.factorial(k) for k in range(14)]


def exp_parts(
    x: Float64[np.ndarray, "*shape"],
) -> tuple[Float64[np.ndarray, "*shape"], Int32[np.ndarray, "*shape"]]:
    """``eˣ`` as ``m · 2ᵏ``, by argument reduction and a Taylor polynomial.

    With k the integer nearest to x/ln 2, ``r = (x − k·h) − k·l`` where h holds the first 32 bits
    of ln 2 (k·h is exact, as |k| < 2²¹) and l the rest: r errs by at most 4u in size. The 13th
    Taylor polynomial misses ``eʳ`` by less than u·eʳ for |r| ≤ 0.35, and Horner's rule by less than
    60u·eʳ.

    Args:
        x: exponents, at most ``FURTHEST``.

    Returns:
        m between 0.7 and 1.5 to a relative error ``EXP_ERROR``, and k. Where x < −``FURTHEST``, m
        is 0, which is off by less than 2 to the power of −``FURTHEST``.

    Raises:
        ValueError: an exponent is larger, or not a number.
    """
    if not (x <= FURTHEST).all():
        raise ValueError(f"an exponent is above {FURTHEST} or no number")
    seen = np.maximum(x, -FURTHEST)
    k = np.rint(seen * (1 / math.log(2)))
    r = (seen - k * _LN2_HIGH) - k * _LN2_LOW
    mantissas = np.full_like(r, _TERMS[-1])
    for term in reversed(_TERMS[:-1]):
        mantissas *= r
        mantissas += term
    mantissas[x < -FURTHEST] = 0.0
    return mantissas, k.astype(np.int32)


def exp(x: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """``eˣ`` for x ≤ 1, to a relative error ``EXP_ERROR`` or an absolute error ``TINY``.

    Raises:
        ValueError: an exponent is above 1, or not a number.
    """
    if not (x <= 1).all():
        raise ValueError("an exponent is above 1 or no number")
    powers: Float64[np.ndarray, "*shape"] = np.ldexp(*exp_parts(x))
    return powers


def lengths(rows: Float64[np.ndarray, "rows columns"]) -> Float64[np.ndarray, " rows"]:
    """The norm of each row, to a relative error of (columns + 8)·u.

    Rows are scaled by powers of two before they are squared, so that no square overflows, and
    squares that underflow are below 2⁻¹⁰⁰⁰ of the sum.
    """
    scaled, exponents = _scaled(rows)
    scaled_back: Float64[np.ndarray, " rows"] = np.ldexp(
        np.sqrt((scaled**2).sum(axis=1)), exponents
    )
    return scaled_back


def units(rows: Float64[np.ndarray, "rows columns"]) -> Float64[np.ndarray, "rows columns"]:
    """Rows scaled to a norm a little below 1; a row of zeros stays.

    A quotient by the computed norm has a norm within (columns + 12)·u of 1, and twice as much is
    taken off.

    Raises:
        ValueError: more than ``WIDEST`` columns.
    """
    columns = rows.shape[1]
    if columns > WIDEST:
        raise ValueError(f"a row has {columns} columns: the analysis holds up to {WIDEST}")
    scaled, _ = _scaled(rows)
    norms = np.sqrt((scaled**2).sum(axis=1, keepdims=True))
    shrink = 1 - 2 * (columns + 12) * UNIT
    shrunk: Float64[np.ndarray, "rows columns"] = scaled * (
        shrink / np.where(norms > 0, norms, 1.0)
    )
    return shrunk


def _scaled(
    rows: Float64[np.ndarray, "rows columns"],
) -> tuple[Float64[np.ndarray, "rows columns"], Int32[np.ndarray, " rows"]]:
    """Rows over powers of two, so that the largest entry of each is between 1/2 and 1; and those.

    Exact, but for entries that are below 2⁻¹⁰²² then.
    """
    largest = np.abs(rows).max(axis=1, initial=0.0)
    exponents = np.frexp(largest)[1].astype(np.int32)
    return np.ldexp(rows, -exponents[:, None]), exponents


def centre(ball: arb) -> float:
    """The float at a ball's midpoint, to 2u of its size; infinite where floats end."""
    return float(ball.mid())


def from_balls(matrix: arb_mat) -> tuple[Float64[np.ndarray, "rows columns"], float]:
    """Midpoints of a matrix of balls, and a bound on how far any of them is from its number.

    Args:
        matrix: balls.

    Returns:
        The midpoints, and one bound that holds for all entries; infinite or no number where a ball
        has no bound or floats cannot hold it.
    """
    entries = matrix.entries()
    values = np.array([centre(ball) for ball in entries]).reshape(matrix.nrows(), matrix.ncols())
    radius = max(float(ball.rad()) for ball in entries)
    return values, 4 * UNIT * float(np.abs(values).max()) + 2 * radius + TINY
