"""How well multiples of an angle can come back to zero, exactly and at any length.

An angle is ``2πα``; ``‖x‖`` is the distance of x to the nearest integer. Since
``1 − cos 2πx`` grows with ``‖x‖``, the gap ``g(M) = min over 1 ≤ t ≤ M of 1 − cos tθ`` is
attained where ``‖tα‖`` is least. By the law of best approximation (Khinchin, *Continued
Fractions*, Thms 16 and 17) that is the last convergent denominator of α up to M.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq

from theory.angle import Angle
from theory.refusal import Refusal

ACCURACY = 64


@dataclass(frozen=True, slots=True)
class Gap:
    """A value of the gap and the distance it is seen at.

    Attributes:
        value: A ball around ``1 − cos tθ``, or a weighted sum of it over planes.
        distance: The distance t, in positions.
        exact: Whether the value is the least within reach, not only the value at t.
    """

    value: arb
    distance: int
    exact: bool = True


def index_gap(angle: Angle, reach: int) -> Gap:
    """``g(M) = min over 1 ≤ t ≤ M of 1 − cos tθ`` with the smallest t that attains it.

    At an irrational α no other t does; at a rational one the convergents of the expansion
    whose last quotient is not 1 are first among equals. Takes O(log M) steps.

    Args:
        angle: The angle of the plane.
        reach: M, how far the farthest rival stands, at least 1.

    Returns:
        A ball with at least ``ACCURACY`` correct bits, exactly 0 where g is 0.

    Raises:
        Refusal: If there is no distance to look at.
    """
    distance = convergents(angle, reach)[-1].denominator
    return Gap(gap_at(angle, distance), distance)


def gap_at(angle: Angle, distance: int, accuracy: int = ACCURACY) -> arb:
    """A ball around ``1 − cos tθ`` with at least ``accuracy`` correct bits, exactly 0 for 0."""
    if angle.exact_turns is not None:
        turn = distance * angle.exact_turns % 1
        with ctx.workprec(2 * accuracy):
            return 2 * arb.sin_pi_fmpq(fmpq(turn.numerator, turn.denominator)) ** 2
    bits = 2 * distance.bit_length() + 2 * accuracy
    while True:
        with ctx.workprec(bits):
            value = 2 * (distance * angle.turns(bits)).sin_pi() ** 2
            if value.rel_accuracy_bits() >= accuracy:
                return value
        bits *= 2


def convergents(angle: Angle, reach: int) -> list[Fraction]:
    """The convergents of α with denominator up to ``reach``, in order, at least one.

    All are in lowest terms and their denominators do not fall; the first two may both be
    whole. The expansion of a rational α is the one whose last quotient is not 1.

    Raises:
        Refusal: If ``reach`` is not positive.
    """
    check_reach(reach)
    if angle.exact_turns is not None:
        return _convergents(_exact_quotients(angle.exact_turns), reach)[0]
    bits = 2 * reach.bit_length() + ACCURACY
    while True:
        with ctx.workprec(bits):
            fractions, complete = _convergents(_certain_quotients(angle.turns(bits)), reach)
        if complete:
            return fractions
        bits *= 2


def check_reach(reach: int) -> None:
    """Refuse a reach below 1, at which there is no distance to look at."""
    if reach < 1:
        raise Refusal(f"no rival stands within a distance of {reach}: give one of at least 1")


def floor(ball: arb) -> int:
    """The integer just below the middle of a ball, or that middle itself."""
    mantissa, exponent = ball.mid().man_exp()
    shift = int(exponent)
    return int(mantissa) << shift if shift >= 0 else int(mantissa) >> -shift


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


def _exact_quotients(turns: Fraction) -> Iterator[int]:
    """The partial quotients of a rational number, by Euclid's algorithm."""
    top, bottom = turns.numerator, turns.denominator
    while bottom:
        quotient, rest = divmod(top, bottom)
        yield quotient
        top, bottom = bottom, rest


def _certain_quotients(ball: arb) -> Iterator[int]:
    """The partial quotients that all numbers in the ball share, as far as balls can tell."""
    while (quotient := ball.floor().unique_fmpz()) is not None:
        yield int(quotient)
        ball = 1 / (ball - quotient)


def _convergents(quotients: Iterable[int], reach: int) -> tuple[list[Fraction], bool]:
    """The convergents with denominator up to ``reach``, and whether the quotients go beyond."""
    fractions: list[Fraction] = []
    top, bottom, old_top, old_bottom = 1, 0, 0, 1
    for quotient in quotients:
        top, old_top = quotient * top + old_top, top
        bottom, old_bottom = quotient * bottom + old_bottom, bottom
        if bottom > reach:
            return fractions, True
        fractions.append(Fraction(top, bottom))
    return fractions, False
