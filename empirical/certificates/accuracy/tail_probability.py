"""How likely a sum of independent terms is to be at most zero, from above.

On a window wide enough to hold the sum but for a chance below ``2 · MISSED``, scaled to one turn,
the indicator of ``S ≤ 0`` is that of half the circle, and the trigonometric polynomial of degree N
that lies above it and least far (Vaaler 1985) gives, with ``φ_k`` the characteristic function of
S at k turns,

    ``P(S ≤ 0) ≤ 1/2 − Σ_{k odd} 2Φ(k/(N+1))/(πk) · Im φ_k
    + (1 + 2 Σ_{k even} (1 − k/(N+1)) · Re φ_k) / (N+1) + 2 · MISSED``,

``Φ(t) = πt(1 − t)·cot πt + t``. No grid holds the distribution, so that only the number of
positions times N counts, and most k drop out after a few positions, where φ_k is nil.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from flint import arb, ctx
from jaxtyping import Bool, Complex128, Float64

from empirical.certificates.arithmetic.rounding import BITS, TINY, UNIT, exp

DEGREE = 2047
"""N: the bound exceeds the probability by about the chance of one (N+1)th of the window."""
MISSED = 2.0**-30
"""Chance that the sum leaves the window on one side."""
GRID = 2.0**-32
"""Terms are rounded down to multiples of this part of the window: k turns of one are exact."""
TURN = 2.002
"""A turn, in units of the larger end of a window, which is less than half a turn by more than
rounding down may lower a sum."""
LARGEST = 2.0**9
"""Turns of one term, so that k times as many are exact; beyond, only Chernoff's bound is given."""
FINE = 32
"""Every k is a multiple of this and a rest, so that few angles make all φ_k."""
WINDOW = 2.0**-64
"""Windows are no narrower, in units of the largest term: beyond, only Chernoff's bound is given."""
DIRECTLY = 96
"""For no more k than this, each gets its angles at once."""
CHUNK = 8
"""Positions between two looks at which φ_k are nil."""
ROUNDING = 1e-4
"""What a logarithm of a mean may be off; only Chernoff's multipliers that keep to it count."""
NEGLIGIBLE = 2.0**-200
"""Known terms smaller than this part of the largest share a window: floats may lose them."""
TILTS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.5, 9.0)
"""Chernoff's multipliers, per standard deviation."""


@dataclass(frozen=True, eq=False)
class IndependentSum:
    """A constant plus one term per position: one position, drawn first, holds a known term.

    Attributes:
        constant: what is added whatever is drawn.
        free: what each position's term may be, all atoms alike likely.
        placed: what the known term would be at each position.
        slots: the positions, all alike likely, of which one holds it.
    """

    constant: float
    free: Float64[np.ndarray, "positions atoms"]
    placed: Float64[np.ndarray, " positions"]
    slots: Bool[np.ndarray, " positions"]


def chance_at_most_zero(law: IndependentSum, enough: float = MISSED) -> float:
    """An upper bound of the probability that the sum is at most zero.

    A crude bound that is at most ``enough`` will do. Positions at which the known term is as large,
    but for a factor of two, share a window: one for all would be as wide as the largest needs.

    Args:
        law: the sum, all of its terms finite.
        enough: a probability.

    Raises:
        ValueError: a term is infinite or not a number.
    """
    law = _normalised(law)
    slots = np.flatnonzero(law.slots)
    sizes = np.abs(law.placed[slots])
    sizes = np.where(sizes < NEGLIGIBLE, 0.0, sizes)
    octaves = np.frexp(sizes / max(float(sizes.max()), TINY))[1]
    total = 0.0
    for octave in np.unique(octaves):
        group = np.isin(np.arange(law.slots.size), slots[octaves == octave])
        part = IndependentSum(law.constant, law.free, np.where(group, law.placed, 0.0), group)
        total += int(group.sum()) / slots.size * _in_one_window(part, enough)
    return total * (1 + 2.0**-40)


def _normalised(law: IndependentSum) -> IndependentSum:
    """The sum over a power of two, so that the largest of its terms is about 1.

    Then no square overflows, and what underflows is far below the grid and the room of a window.
    """
    placed = law.placed[law.slots]
    largest = max(abs(law.constant), float(np.abs(law.free).max()), float(np.abs(placed).max()))
    if not math.isfinite(largest):
        raise ValueError("a term of a sum is infinite or not a number")
    by = -math.frexp(largest)[1]
    return IndependentSum(
        math.ldexp(law.constant, by),
        np.ldexp(law.free, by),
        np.ldexp(np.where(law.slots, law.placed, 0.0), by),
        law.slots,
    )


def _in_one_window(law: IndependentSum, enough: float) -> float:
    """The same with one window.

    Rounding: the terms on the grid are exact and no larger than the given ones. A cosine or sine
    errs by at most 16u, a mean of them by (atoms + 20)·u in all, a product of n such means of
    size at most 1 by n times that; the coefficients' sizes add up to less than 6. A φ_k is nil if
    some of its factors multiply to less than ``MISSED``.
    """
    low, high, crude = _window(law)
    if crude <= max(enough, MISSED):
        return max(crude, MISSED)
    if low > 0:  # but for a chance of MISSED
        return MISSED
    size = TURN * max(-low, high)
    if high <= 0 or size < WINDOW:
        return crude
    turns = np.floor(law.free / (size * GRID)) * GRID
    placed = np.floor(law.placed / (size * GRID)) * GRID
    constant = float(np.floor(law.constant / (size * GRID)) * GRID)
    # Dividing may have rounded up to the next multiple: one multiple per position covers it.
    constant -= (turns.shape[0] + 2) * GRID
    if max(abs(constant), float(np.abs(turns).max()), float(np.abs(placed).max())) > LARGEST:
        return crude
    phi = _characteristic(turns, placed, law.slots, constant)
    rounding = 8 * (turns.shape[0] + 2) * (turns.shape[1] + 20) * UNIT
    odd, even = _coefficients()
    bound = 0.5 - float(odd @ phi.imag[::2]) + (1 + float(even @ phi.real[1::2])) / (DEGREE + 1)
    return float(min(crude, bound + 10 * MISSED + rounding))


def _window(law: IndependentSum) -> tuple[float, float, float]:
    """Bounds that the sum passes with a chance of ``MISSED`` at most, and one of P(S ≤ 0).

    Chernoff: ``P(S ≥ t) ≤ e^{K(λ) − λt}``, K the logarithm of the mean of ``e^{λS}``. What rounding
    and NumPy's logarithm leave open has a thousandth of room, for multipliers λ that are not so
    large that λ times the largest sum is rounded by more than ``ROUNDING``.
    """
    placed = law.placed[law.slots]
    deviation = float(np.sqrt(law.free.var(axis=1).sum() + placed.var()))
    least_swap = (placed - law.free.max(axis=1)[law.slots]).min()
    most_swap = (placed - law.free.min(axis=1)[law.slots]).max()
    size = np.abs(law.free).max(axis=1).sum() + 2 * np.abs(placed).max() + abs(law.constant)
    high = float(law.constant + law.free.max(axis=1).sum() + most_swap + 1e-9 * size)
    low = float(law.constant + law.free.min(axis=1).sum() + least_swap - 1e-9 * size)
    rounding = float(size) * 8 * (law.free.size + 20) * UNIT
    crude = 1.0
    for tilt in [t / deviation for t in TILTS] if deviation > 0 else []:
        if tilt * rounding > ROUNDING:
            break
        up, down = _cumulant(law, tilt) + 1e-3, _cumulant(law, -tilt) + 1e-3
        high = min(high, (up - np.log(MISSED)) / tilt)
        low = max(low, (np.log(MISSED) - down) / tilt)
        crude = min(crude, float(np.exp(min(down, 0.0))))
    return low, high, crude


def _cumulant(law: IndependentSum, tilt: float) -> float:
    """The logarithm of the mean of ``exp(tilt · S)``."""
    powers = tilt * law.free
    tops = powers.max(axis=1)
    logs = tops + np.log(exp(powers - tops[:, None]).mean(axis=1))
    ways = tilt * law.placed[law.slots] - logs[law.slots]
    top = ways.max()
    return float(tilt * law.constant + logs.sum() + top + np.log(exp(ways - top).mean()))


def _characteristic(
    turns: Float64[np.ndarray, "positions atoms"],
    placed: Float64[np.ndarray, " positions"],
    slots: Bool[np.ndarray, " positions"],
    constant: float,
) -> Complex128[np.ndarray, " degrees"]:
    """``φ_1 … φ_N``, zero where nil.

    Two products run over the positions: as long as the known term has not stood, and once it has.
    """
    order = np.argsort(-turns.var(axis=1))
    share = slots / slots.sum()
    kept = np.arange(DEGREE + 1)
    without, having = np.ones(kept.size, dtype=complex), np.zeros(kept.size, dtype=complex)
    for first in range(0, order.size, CHUNK):
        chunk = order[first : first + CHUNK]
        some = turns[chunk]
        if kept.size > DIRECTLY:
            coarse = turned(some[:, None] * np.arange(0, DEGREE + 1, FINE)[:, None])
            fine = turned(some[:, :, None] * np.arange(FINE))
            means = (coarse @ fine).reshape(some.shape[0], -1)[:, kept] / some.shape[1]
        else:
            means = turned(some[:, None] * kept[:, None]).mean(axis=2)
        stood = turned(placed[chunk][:, None] * kept) * share[chunk][:, None]
        for mean, own in zip(means, stood, strict=True):
            having = having * mean + without * own
            without *= mean
        alive = np.abs(without) + np.abs(having) > MISSED / 2
        kept, without, having = kept[alive], without[alive], having[alive]
    phi = np.zeros(DEGREE + 1, dtype=complex)
    phi[kept] = having * turned(kept * constant)
    return phi[1:]


def turned(turns: Float64[np.ndarray, "*shape"]) -> Complex128[np.ndarray, "*shape"]:
    """The point of the unit circle after that many turns, each coordinate to 16u.

    Whole and quarter turns are taken off exactly; for the rest, at most an eighth, Taylor's
    polynomials of degree 16 and 17 miss by less than u.
    """
    part = turns - np.rint(turns)
    quarter = np.rint(4 * part)
    angle = (part - quarter / 4) * (2 * np.pi)
    square = angle * angle
    cos, sin = np.ones_like(angle), np.ones_like(angle)
    for n in range(16, 0, -2):
        cos = 1 - cos * square / (n * (n - 1))
        sin = 1 - sin * square / (n * (n + 1))
    point: Complex128[np.ndarray, "*shape"] = cos + 1j * (sin * angle)
    point *= np.array([1, 1j, -1, -1j])[quarter.astype(int) % 4]
    return point


@cache
def _coefficients() -> tuple[Float64[np.ndarray, " odd"], Float64[np.ndarray, " even"]]:
    """What multiplies ``Im φ_k`` for odd k, and ``Re φ_k`` for even k."""
    odd = []
    with ctx.workprec(BITS):
        for k in range(1, DEGREE + 1, 2):
            t = arb(k) / (DEGREE + 1)
            phi = arb.pi() * t * (1 - t) * (arb.pi() * t).cot() + t
            odd.append(float((2 * phi / (arb.pi() * k)).mid()))
    even = 2 * (1 - np.arange(2, DEGREE + 1, 2) / (DEGREE + 1))
    return np.array(odd), even
