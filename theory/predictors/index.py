"""What the sentences promise of Index on any planes, as balls that hold the exact value.

The logit is ``Σ r_k cos((t − i)θ_k)`` at distance t for a query that points i back. Lengths are
numbers of tokens, distances in positions, angles in radians per position; an inverse temperature
multiplies logits. The query is the last token.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

from flint import arb, ctx

from theory.angle import Angle
from theory.engines import bisection, diophantine
from theory.engines.alignment import Weight, planes_gap
from theory.predictors.planes import BITS, ExactWeight, ball, rivals_of, rivals_to_add, weighed
from theory.refusal import Refusal

INTEGER_ALLOWANCE, LETTER_ALLOWANCE = 1, 3

Lead: TypeAlias = tuple[arb, int]
"""How far a logit is below the target's, and the number of distances where it is."""


def index_floor(angles: Sequence[Angle], weights: Sequence[Weight], length: int) -> arb:
    """The least gap of Index over valid inputs: ``g(n − 1)``, as ``index_gap_le_of_reach`` says.

    With several planes g is the least of ``Σ r_k (1 − cos tθ_k)`` over the distances
    (urrutia2026heads, Def. 3.1; ours).

    Args:
        angles: One angle per plane.
        weights: One ``r_k ≥ 0`` per plane.
        length: n, at least 2; with several planes within the reach of a scan.

    Raises:
        Refusal: If there is no rival, or the planes are unusable or too long to scan.
    """
    return planes_gap(angles, weights, rivals_of(length)).value


def index_peak(angles: Sequence[Angle], weights: Sequence[Weight], length: int) -> arb:
    """The largest gap of Index over valid inputs: ``g(⌈(n − 1)/2⌉)``.

    See ``index_gap_le_of_reach``. It belongs to an integer query that points at the middle,
    where integers reach that far (urrutia2026heads, Def. 3.1; ours). Arguments and refusals
    are those of :func:`index_floor`.
    """
    return planes_gap(angles, weights, (rivals_of(length) + 1) // 2).value


def index_horizon(angles: Sequence[Angle], weights: Sequence[ExactWeight]) -> int | None:
    """The largest n at which hard Index is right on all valid inputs; None if every n is.

    The floor is 0 exactly where every plane is back at a whole number of turns, so that is the
    common period of the planes, and one irrational plane is enough for no horizon at all: see
    ``index_query_gap_eq_of_reach`` (ours).

    Raises:
        Refusal: If the planes are unusable.
    """
    turns = [angle.exact_turns for angle, _ in weighed(angles, weights)]
    if None in turns:
        return None
    return math.lcm(*(turn.denominator for turn in turns if turn is not None))


def index_critical_beta(
    angles: Sequence[Angle], weights: Sequence[ExactWeight], length: int, integer: int | None
) -> arb:
    """The inverse temperature above which, and only there, soft Index is right for a query.

    With g the lead ``Σ r_k (1 − cos tθ_k)`` over a rival t beyond the target, it solves
    ``Σ exp(−βg) = 1`` over the distances t from −i to n − 1 − i but 0 for the integer i, and
    ``Σ exp(−βg) = 3`` over 1 ≤ t ≤ n − 1 for a letter: see ``index_margin_eq_of_integer_query``
    and ``index_margin_eq_of_letter_query`` (ours). The integer 0 has the sum of a letter and the
    1 of an integer, since no value speaks for the token that it points at.

    Args:
        angles: One angle per plane.
        weights: One ``r_k ≥ 0`` per plane; floats are taken exactly.
        length: n, from 2 to ``LONGEST_SUM``.
        integer: i, from 0 to n − 1; None for a letter query.

    Returns:
        A ball; exactly 0 if every β > 0 is right, +∞ if none is.

    Raises:
        Refusal: If the planes are unusable, or the length or the integer is out of range.
    """
    planes, rivals = weighed(angles, weights), rivals_to_add(length)
    jump = 0 if integer is None else integer
    if not 0 <= jump <= rivals:
        raise Refusal(
            f"the integer {jump} leaves a sequence of {length} tokens: give one from 0 to {rivals}"
        )
    near, far = sorted((jump, rivals - jump))
    allowance = LETTER_ALLOWANCE if integer is None else INTEGER_ALLOWANCE

    def leads(bits: int) -> list[Lead]:
        return _leads(planes, near, far, bits)

    if sum(count for gap, count in leads(BITS) if gap.is_zero()) >= allowance:
        return arb.pos_inf()

    def rivals_at(bits: int) -> Callable[[arb], arb]:
        sorted_leads, negligible = leads(bits), arb(2) ** (-4 * bits)

        def total(beta: arb) -> arb:
            weight, left = arb(0), rivals
            for gap, count in sorted_leads:
                term = (-beta * gap).exp()
                if term < negligible:  # and so are all later ones, up to the rounding of a gap
                    return weight + arb(0).union(2 * left * negligible)
                weight += count * term
                left -= count
            return weight

        return total

    return bisection.crossing(rivals_at, allowance)


def _leads(planes: Sequence[tuple[Angle, Fraction]], near: int, far: int, bits: int) -> list[Lead]:
    """Each lead of the target at up to ``far`` positions from it, the least first.

    A rival stands on both sides at up to ``near`` positions, and beyond on one.
    """
    with ctx.workprec(2 * bits):
        shares = [(angle, ball(weight)) for angle, weight in planes]
        gaps = [
            sum((r * diophantine.gap_at(angle, t, bits) for angle, r in shares), arb(0))
            for t in range(1, far + 1)
        ]
    counted = [(gap, 2 if t <= near else 1) for t, gap in enumerate(gaps, start=1)]
    return sorted(counted, key=lambda lead: lead[0].mid())
