"""Which distances can minimise ``Σ r_k (1 − cos tθ_k)``: floats discard the others, safely.

With u = 2⁻⁵³. Each ``α = θ/2π`` is held as an integer a with ``|a/2¹²⁸ − α| ≤ 2⁻¹²⁷``, and
``t·a`` is reduced modulo 2¹²⁸ in integers, without error; so ``x = tα`` modulo 1 is known to
2⁻¹⁰³ for t ≤ 2²⁴, and as a float f to 3u|x| + 2⁻¹⁰², whence ``|f² − x²| ≤ 9.5u·x² + 2⁻¹⁵⁰``.
The gap ``h = 1 − cos 2πx`` has slope at most 2π² in x² and is at least 8x²: this costs
24u·h + 2⁻¹⁴⁵. Its Taylor polynomial in x² has 13 terms here; what is left out is below 2u·h
for |x| ≤ 1/2, and Horner's rule errs by at most 29u times ``cosh 2πx − 1 ≤ 5.4·h``. With m
planes and weights that sum to 1, a sum of floats is thus within ``(256 + m)·u·V + 2⁻¹⁴⁰`` of
its true value V. All terms are non-negative and rounding is monotone, so that a partial sum
never exceeds the whole. NumPy is trusted to add and multiply as IEEE 754 says, no library
sine.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from flint import arb, ctx

from theory.angle import Angle
from theory.engines.diophantine import floor

if TYPE_CHECKING:
    from numpy import float64, intp, uint64
    from numpy.typing import NDArray

Planes = list[tuple[Angle, arb]]

BLOCK = 2**14
WORD = 2**64
PI = Fraction(314159265358979323846264338327950288419716939937510, 10**50)
COEFFICIENTS = [
    float(-((-1) ** k) * (2 * PI) ** (2 * k) / math.factorial(2 * k)) for k in range(1, 14)
]


def candidates(planes: Planes, reach: int, tick: Callable[[int], object]) -> list[int]:
    """All distances from 1 to ``reach`` whose sum floats cannot tell from the least.

    Args:
        planes: Angles with their weights, balls around non-negative numbers not all 0.
        reach: At most 2²⁴, for which the error bound above is argued.
        tick: Called after each block with the number of distances in it.
    """
    import numpy as np

    with ctx.workprec(256):
        total = sum((weight for _, weight in planes), arb(0)).mid()
        shares = [weight / total for _, weight in planes]
        blur = float(2 * sum((share.rad() for share in shares), arb(0)).upper())
    rows = [
        _Plane(angle, float(share.mid()), min(BLOCK, reach))
        for (angle, _), share in zip(planes, shares, strict=True)
    ]
    rows.sort(key=lambda plane: plane.weight, reverse=True)  # heavy planes discard most
    slack, noise = 4 * (256 + len(rows)) * 2.0**-53, 4 * (2.0**-140 + blur)
    cut, kept = math.inf, []
    for start in range(1, reach + 1, BLOCK):
        size = min(BLOCK, reach + 1 - start)
        offsets, sums = np.arange(size), np.zeros(size)
        for plane in rows:
            sums = sums + plane.gaps(start, offsets)
            close = sums <= cut
            offsets, sums = offsets[close], sums[close]
            if not offsets.size:
                break
        else:
            cut = min(cut, float(sums.min()) * (1 + slack) + noise)
            close = sums <= cut
            kept.append((start + offsets[close], sums[close]))
        tick(size)
    return [int(t) for distances, sums in kept for t in distances[sums <= cut]]


class _Plane:
    """The multiples ``j·a`` modulo 2¹²⁸ for each j of a block, in two words, and a weight."""

    def __init__(self, angle: Angle, weight: float, size: int) -> None:
        import numpy as np

        self.weight = weight
        self.step = _fixed_point(angle)
        self.high, self.low = np.zeros((2, size), dtype=np.uint64)
        done = 1
        while done < size:
            more = min(done, size - done)
            self.high[done : done + more], self.low[done : done + more] = self._moved(
                done, slice(more)
            )
            done += more

    def gaps(self, start: int, offsets: "NDArray[intp]") -> "NDArray[float64]":
        """``weight · (1 − cos tθ)`` for each t of ``start + offsets``."""
        import numpy as np

        high, low = self._moved(start, offsets)
        x = (high.view(np.int64) + low * (1 / WORD)) * (1 / WORD)
        square = x * x
        value = np.full_like(square, COEFFICIENTS[-1])
        for coefficient in reversed((0.0, *COEFFICIENTS[:-1])):
            value *= square
            value += coefficient
        value *= self.weight
        return value

    def _moved(
        self, start: int, offsets: "slice | NDArray[intp]"
    ) -> "tuple[NDArray[uint64], NDArray[uint64]]":
        """The multiples at ``start + offsets``, modulo 2¹²⁸."""
        import numpy as np

        base = start * self.step
        high, low = np.uint64(base // WORD % WORD), np.uint64(base % WORD)
        sums = self.low[offsets] + low
        return self.high[offsets] + high + (sums < low), sums


def _fixed_point(angle: Angle) -> int:
    """An integer a with ``|a − 2¹²⁸·θ/2π| ≤ 2``."""
    bits = 256
    while True:
        with ctx.workprec(bits):
            scaled = angle.turns(bits) * WORD**2
            if scaled.rad() < 1:
                return floor(scaled)
        bits *= 2
