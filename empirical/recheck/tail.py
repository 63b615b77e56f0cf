"""How likely a sum of independent terms is to be at most zero, from above.

At every position stands one of a few atoms, all alike likely; at one position, drawn first, stands
a known term instead. On a window that holds the sum but for a chance of 2 ``MISSED``, scaled to one
turn, the indicator of ``S ≤ 0`` is that of half a circle. Vaaler's trigonometric polynomial of
degree N lies above it (Bull. Amer. Math. Soc. 12, 1985), and its mean is a sum over characteristic
functions. Windows come from Chernoff's bound. ``README.md`` derives the constants.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from empirical.recheck.floats import (
    EXP_ERROR,
    EXP_TINY,
    TINY,
    UNIT,
    Floats,
    down,
    exp_of_negative,
    rounded_to_integers,
    up,
)

DEGREE = 2047
"""N: the bound is above the chance by about that of one (N + 1)th of the window."""
MISSED = 2.0**-30
"""Chance that the sum leaves the window on one side."""
GRID = 2.0**-32
"""Terms are rounded down to multiples of this part of the window: k turns of one are exact."""
MOST_TURNS = 2.0**9
"""Of one term, so that k times as many are exact; beyond, only Chernoff's bound is given."""
MOST_TERMS = 1 << 20
TURN = 2.002
"""A turn, in units of the larger end of a window: that end is a 2002nd of a turn short of half,
more than the 2 ``MOST_TERMS`` + 3 steps of ``GRID`` by which rounding down may lower a sum."""
FINE = 32
"""Every k is a multiple of this and a rest, so that few angles make all of them."""
DIRECTLY = 96
"""For no more k than this, each gets its angles at once."""
NEGLIGIBLE = 2.0**-200
"""Known terms smaller than this part of the sum share a window: floats may have lost them."""
TILTS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.5, 9.0)
"""Chernoff's multipliers, per standard deviation."""
WIDER = 1e-3
"""Added to logarithms of moments: a wider window will do as well, and this one the search takes."""
PRECISION = 64


Complexes: TypeAlias = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class PositionSum:
    """A constant plus one term for each position.

    Attributes:
        constant: what is added whatever is drawn.
        free: the atoms of each position, positions × atoms.
        placed: the known term at each position.
        slots: the positions that may hold it, all alike likely.
    """

    constant: float
    free: Floats
    placed: Floats
    slots: np.ndarray


def chance_at_most_zero(law: PositionSum) -> float:
    """At least the chance that a sum is at most zero.

    Positions at which the known term is as large, but for a factor of two, share a window: one for
    all would be as wide as the largest needs.
    """
    if len(law.free) > MOST_TERMS:
        return 1.0
    placed = law.placed[law.slots]
    finite = (
        math.isfinite(law.constant) and np.isfinite(law.free).all() and np.isfinite(placed).all()
    )
    if not finite:
        return 1.0
    sizes = np.abs(placed)
    sizes = np.where(sizes < NEGLIGIBLE * _size(law), 0.0, sizes)
    _, octaves = np.frexp(sizes / max(float(sizes.max()), TINY))
    chances = []
    for octave in np.unique(octaves):
        slots = law.slots[octaves == octave]
        part = PositionSum(law.constant, law.free, law.placed, slots)
        chances.append(len(slots) / len(law.slots) * _in_one_window(part))
    return min(1.0, math.fsum(chances) * (1 + 2.0**-40))


def _in_one_window(law: PositionSum) -> float:
    """The same with one window for all slots."""
    if _least(law) > 0:
        return 0.0
    low, high, crude = _window(law)
    if crude <= MISSED or low > 0:  # but for a chance of MISSED
        return MISSED
    if high <= 0:
        return crude
    step = TURN * max(-low, high) * GRID
    with np.errstate(all="ignore"):
        free = np.floor(law.free / step) * GRID
        placed = np.zeros(len(law.free))
        placed[law.slots] = np.floor(law.placed[law.slots] / step) * GRID
        # Dividing may have rounded up to the next multiple: one for each position covers it.
        constant = (math.floor(law.constant / step) if step > 0 else 0.0) * GRID
    constant -= (len(law.free) + 2) * GRID
    largest = max(abs(constant), float(np.abs(free).max()), float(np.abs(placed).max()))
    if not largest <= MOST_TURNS:
        return crude
    imaginary, real = _characteristic(constant, free, placed, law.slots)
    odd, even = _coefficients()
    mean = 0.5 + 1 / (DEGREE + 1) - math.fsum(odd * imaginary[::2]) + math.fsum(even * real[1::2])
    rounding = 16 * (free.shape[0] + 2) * (free.shape[1] + 80) * UNIT
    bound = float(mean) + 10 * MISSED + rounding
    return bound if bound < crude else crude


def _least(law: PositionSum) -> float:
    """At most the least sum."""
    placed, lows = law.placed[law.slots], law.free.min(axis=1)
    least = law.constant + lows.sum() + (placed - lows[law.slots]).min()
    return float(down(least - _size(law) * (len(lows) + 8) * 2 * UNIT))


def _extremes(law: PositionSum) -> tuple[float, float]:
    """Bounds that no sum passes, a little wider than they need be."""
    placed, slots = law.placed[law.slots], law.slots
    lows, highs = law.free.min(axis=1), law.free.max(axis=1)
    room = 1e-9 * _size(law)
    low = law.constant + lows.sum() + (placed - highs[slots]).min() - room
    high = law.constant + highs.sum() + (placed - lows[slots]).max() + room
    return float(low), float(high)


def _size(law: PositionSum) -> float:
    """At least the size of the largest sum, and of the known terms twice."""
    largest = float(np.abs(law.placed[law.slots]).max())
    return abs(law.constant) + 2 * largest + float(np.abs(law.free).max(axis=1).sum())


def _window(law: PositionSum) -> tuple[float, float, float]:
    """Bounds that the sum passes with a chance of ``MISSED`` at most, and one of P(S ≤ 0).

    Chernoff: ``P(S ≥ t) ≤ E e^{λS} / e^{λt}``, and the same for −S.
    """
    placed = law.placed[law.slots]
    low, high = _extremes(law)
    variance = float(law.free.var(axis=1).sum() + placed.var())
    crude = 1.0
    if not 0 < variance < math.inf:
        return low, high, crude
    missed = arb(MISSED).log()
    with ctx.workprec(PRECISION):
        for tilt in (factor / math.sqrt(variance) for factor in TILTS):
            rising, falling = _log_moment(law, tilt), _log_moment(law, -tilt)
            if rising is not None:
                high = min(high, above((rising - missed) / tilt))
            if falling is not None:
                low = max(low, -above((falling - missed) / tilt))
                crude = min(crude, above(falling.exp()))
    return low, high, crude


def _log_moment(law: PositionSum, tilt: float) -> arb | None:
    """At least the logarithm of the mean of exp(tilt · sum); none if floats do not tell."""
    powers = up(tilt * law.free)
    tops = powers.max(axis=1)
    rest = np.minimum(up(powers - tops[:, None]), 0.0)
    raised = exp_of_negative(rest) * (1 + 2 * EXP_ERROR) + EXP_TINY
    means = up(up(raised).sum(axis=1) * (1 + 2.0**-30) / law.free.shape[1])
    if not (np.isfinite(tops).all() and np.isfinite(means).all()):
        return None
    without, having, share = arb(1), arb(0), arb(1) / len(law.slots)
    standing = set(law.slots.tolist())
    for place, (top, mean) in enumerate(zip(tops.tolist(), means.tolist(), strict=True)):
        factor = arb(top).exp() * mean
        having = having * factor
        if place in standing:
            having += without * share * (arb(float(law.placed[place])) * tilt).exp()
        without = without * factor
    return having.log() + arb(law.constant) * tilt + WIDER


def _characteristic(
    constant: float, free: Floats, placed: Floats, slots: np.ndarray
) -> tuple[Floats, Floats]:
    """Imaginary and real part of the characteristic function at 1 … N turns, zero where it is nil.

    Two products run over the positions: as long as the known term has not stood, and once it has.
    """
    share = np.zeros(len(free))
    share[slots] = 1 / len(slots)
    kept = np.arange(DEGREE + 1, dtype=np.float64)
    without = np.ones(kept.size, dtype=np.complex128)
    having = np.zeros(kept.size, dtype=np.complex128)
    for place in np.argsort(-free.var(axis=1)).tolist():
        mean = _means(free[place], kept)
        having = having * mean
        if share[place]:
            having = having + without * (share[place] * turned(kept * placed[place]))
        without = without * mean
        alive = np.abs(without.real) + np.abs(without.imag) > MISSED / 8
        alive |= np.abs(having.real) + np.abs(having.imag) > MISSED / 8
        kept, without, having = kept[alive], without[alive], having[alive]
    function = np.zeros(DEGREE + 1, dtype=np.complex128)
    function[kept.astype(int)] = having * turned(kept * constant)
    return function.imag[1:], function.real[1:]


def _means(atoms: Floats, kept: Floats) -> Complexes:
    """The mean over atoms of the points of the circle after k turns of each, for all kept k."""
    if kept.size <= DIRECTLY:
        points = turned(atoms * kept[:, None])
        directly: Complexes = points.sum(axis=1) / atoms.size
        return directly
    coarse = turned(atoms[:, None] * np.arange(0, DEGREE + 1, FINE))
    fine = turned(atoms[:, None] * np.arange(FINE))
    total = np.zeros((coarse.shape[1], FINE), dtype=np.complex128)
    for one, two in zip(coarse, fine, strict=True):
        total += one[:, None] * two
    means: Complexes = total.ravel()[kept.astype(int)] / atoms.size
    return means


def turned(turns: Floats) -> Complexes:
    """The point of the unit circle after that many turns, each coordinate to 16u.

    Whole and quarter turns are taken off exactly; for the rest, at most an eighth, Taylor's
    polynomials of degree 16 and 17 miss by less than u.
    """
    part = turns - rounded_to_integers(turns)
    quarter = rounded_to_integers(4 * part)
    angle = (part - quarter / 4) * (2 * math.pi)
    square = angle * angle
    cos, sin = np.ones_like(angle), np.ones_like(angle)
    for n in range(16, 0, -2):
        cos = 1 - cos * square / (n * (n - 1))
        sin = 1 - sin * square / (n * (n + 1))
    sin = sin * angle
    point = np.empty(angle.shape, dtype=np.complex128)
    swapped, falling, rising = quarter % 2 != 0, np.abs(quarter) == 2, quarter == 1
    point.real = np.where(swapped, np.where(rising, -sin, sin), np.where(falling, -cos, cos))
    point.imag = np.where(swapped, np.where(rising, cos, -cos), np.where(falling, -sin, sin))
    return point


@cache
def _coefficients() -> tuple[Floats, Floats]:
    """What multiplies the imaginary part for odd k, and the real part for even k."""
    odd = []
    with ctx.workprec(PRECISION * 2):
        for k in range(1, DEGREE + 1, 2):
            t = arb(k) / (DEGREE + 1)
            factor = arb.pi() * t * (1 - t) * (arb.pi() * t).cot() + t
            odd.append(float((2 * factor / (arb.pi() * k)).mid()))
    even = [2 * (1 - k / (DEGREE + 1)) / (DEGREE + 1) for k in range(2, DEGREE + 1, 2)]
    return np.array(odd), np.array(even)


def above(ball: arb) -> float:
    """A float above everything in a ball."""
    return math.nextafter(float(ball.upper()), math.inf)
