"""Float64 arithmetic whose results are bounds.

NumPy is trusted to add, subtract, multiply, divide, take square roots and compare as IEEE 754 says,
element by element, with gradual underflow, and to add up numbers or products in some order; no
other function of NumPy computes a number here.
``README.md`` derives the constants. u is 2⁻⁵³.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

UNIT = 2.0**-53
"""u: rounding to nearest errs by at most this part of a normal number."""
STEP = 2.0**-52
TINY = 2.0**-1000
"""Above the spacing of all floats below 2⁻⁹⁶⁰."""
LARGEST = 2.0**900
"""No table entry that is used in floats is larger: sums and products stay finite."""
EXP_ERROR = 2.0**-47
"""Relative error of ``exp_of_negative`` where it is not zero."""
EXP_LEAST = -690.0
"""Below it ``exp_of_negative`` is zero, and the exponential less than ``EXP_TINY``."""
EXP_TINY = 2.0**-995

Floats: TypeAlias = NDArray[np.float64]
"""Of float64; each docstring gives the shape."""
Number = TypeVar("Number", NDArray[np.float64], float)

_SHIFT = 1.5 * 2.0**52
"""Added and taken off again, it rounds a number below 2⁵⁰ to an integer."""
_TERMS = 14
_POWERS = np.array([2.0**-k for k in range(1024)])
with ctx.workprec(128):
    _LOG2 = arb(2).log()
    _LOG2_HIGH = math.floor(float(_LOG2.mid()) * 2**32) / 2**32
    """The first 32 bits of ln 2: its products with integers below 2¹¹ are exact."""
    _LOG2_LOW = float((_LOG2 - arb(_LOG2_HIGH)).mid())
    _PER_LOG2 = float((1 / _LOG2).mid())
    _COEFFICIENTS = [float((1 / arb(k).fac()).mid()) if k else 1.0 for k in range(_TERMS)]


def down(x: Number) -> Number:
    """Below every number that rounds to ``x``."""
    step: Number = np.abs(x)
    step *= STEP
    step += TINY
    return x - step


def up(x: Number) -> Number:
    """Above every number that rounds to ``x``."""
    above: Number = np.abs(x)
    above *= STEP
    above += TINY
    above += x
    return above


def root_up(x: Number) -> Number:
    """Above the square root of anything up to ``x``; zero for what is negative."""
    root: Number = np.sqrt(np.maximum(x, 0.0))
    return up(root)


def norm_up(x: Floats) -> Floats:
    """At least the norms of the last axis of what is at most ``x`` in size, up to 2²⁰ terms."""
    square: Floats = np.einsum("...j,...j->...", x, x, optimize=False)
    return root_up(square * (1 + 2.0**-30) + TINY)


@dataclass(frozen=True, eq=False)
class Bounds:
    """An array of numbers, each known to lie between two floats."""

    low: Floats
    high: Floats

    def __add__(self, other: "Bounds") -> "Bounds":
        """The sums."""
        return Bounds(down(self.low + other.low), up(self.high + other.high))

    def __sub__(self, other: "Bounds") -> "Bounds":
        """The differences."""
        return Bounds(down(self.low - other.high), up(self.high - other.low))

    def __mul__(self, other: "Bounds") -> "Bounds":
        """The products."""
        ends = [one * two for one in (self.low, self.high) for two in (other.low, other.high)]
        low, high = ends[0], ends[0]
        for end in ends[1:]:
            low, high = np.minimum(low, end), np.maximum(high, end)
        return Bounds(down(low), up(high))

    def __getitem__(self, key: Any) -> "Bounds":
        """Some of them, chosen as NumPy chooses."""
        return Bounds(self.low[key], self.high[key])

    def each(self, change: Callable[[Floats], Floats]) -> "Bounds":
        """Both ends changed in the same way, such as in their shape."""
        return Bounds(change(self.low), change(self.high))

    @property
    def size(self) -> Floats:
        """The largest size that each may have."""
        size: Floats = np.maximum(np.abs(self.low), np.abs(self.high))
        return size


@dataclass(frozen=True, eq=False)
class MiddleRadius:
    """An array of numbers, each within a radius of a float, and at most so large."""

    middle: Floats
    radius: Floats
    size: Floats


def middle_and_radius(bounds: Bounds) -> MiddleRadius:
    """Numbers between bounds, by a float near the middle and how far the ends are from it."""
    middle = 0.5 * (bounds.low + bounds.high)
    radius = np.maximum(up(bounds.high - middle), up(middle - bounds.low))
    return MiddleRadius(middle, radius, bounds.size)


def bounds_of(rows: arb_mat | Sequence[Sequence[arb]]) -> Bounds:
    """Float bounds of a matrix of balls.

    A float nearest to an end of a ball, or next to it, is moved outwards by more than one float.
    """
    table = rows.tolist() if isinstance(rows, arb_mat) else rows
    low = np.array([[float(ball.lower()) for ball in row] for row in table])
    high = np.array([[float(ball.upper()) for ball in row] for row in table])
    return Bounds(down(low), up(high))


def rounded_to_integers(x: Floats) -> Floats:
    """The nearest integers to numbers below 2⁵⁰ in size."""
    return (x + _SHIFT) - _SHIFT


def exp_of_negative(x: Floats) -> Floats:
    """``eˣ`` for x ≤ 0, to a relative error ``EXP_ERROR``, or zero below ``EXP_LEAST``.

    What is no number stays none.

    With k the integer nearest to x/ln 2, eˣ is 2ᵏ times e to the remainder, by Taylor's polynomial
    of degree 13.
    """
    inside = np.fmax(x, EXP_LEAST)
    k = rounded_to_integers(inside * _PER_LOG2)
    rest = (inside - k * _LOG2_HIGH) - k * _LOG2_LOW
    value = np.full_like(rest, _COEFFICIENTS[-1])
    for coefficient in reversed(_COEFFICIENTS[:-1]):
        value = value * rest + coefficient
    power = _POWERS[(-k).astype(np.int64)]
    return np.where(np.isnan(x), np.nan, np.where(x < EXP_LEAST, 0.0, value * power))
