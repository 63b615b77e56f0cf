"""How well multiples of an angle can come back to zero, in exact arithmetic.

An angle is ``2πα``; ``‖x‖`` is the distance of x to the nearest integer.
"""

from fractions import Fraction


def uncovered(reach: int, radius: Fraction) -> Fraction | None:
    """A fraction ``α`` of the turn with ``‖tα‖ > radius`` for all 1 ≤ t ≤ ``reach``, or None.

    The α with ``‖tα‖ ≤ radius`` are arcs of half-width ``radius/t`` about the fractions
    ``p/t``; this sorts them and looks for a gap in [0, 1/2], which by symmetry is enough.
    """
    arcs = sorted(
        (Fraction(p, t) - radius / t, Fraction(p, t) + radius / t)
        for t in range(1, reach + 1)
        for p in range(t // 2 + 2)
    )
    end = Fraction(0)
    for low, high in arcs:
        if low > end:
            return (end + min(low, Fraction(1, 2))) / 2 if end < Fraction(1, 2) else None
        end = max(end, high)
    return None
