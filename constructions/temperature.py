"""Computes the exact price of length: the β at which rivals weigh as much as allowed."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import reduce

from flint import arb, ctx, fmpq

from theory.angle import Angle
from theory.engines import bisection, diophantine

THREE_QUARTERS = Fraction(1, 3)
"""The weight of the rivals, in units of the target's, at which the target has 3/4 of all weight."""


def critical_beta(leads: Callable[[int], Iterable[arb]], allowance: Fraction) -> arb:
    """Returns the β at which ``Σ exp(−β · lead)`` falls to ``allowance``; above it the sum is less.

    Args:
        leads: for a number of bits, by how much the target's logit leads each rival.
        allowance: allowed weight of all rivals, in units of the target's weight.

    Returns:
        A ball; exactly 0 if the sum is below ``allowance`` for every β > 0, +∞ if some rival does
        not certainly trail.
    """
    with ctx.workprec(bisection.BITS):
        first = list(leads(bisection.BITS))
    if not all(lead > 0 for lead in first):
        return arb.pos_inf()

    def rivals_at(bits: int) -> Callable[[arb], arb]:
        fixed = first if bits == bisection.BITS else list(leads(bits))
        scale = arb(fmpq(allowance.denominator, allowance.numerator))

        def total(beta: arb) -> arb:
            return scale * sum(((-beta * lead).exp() for lead in fixed), arb(0))

        return total

    return bisection.crossing(rivals_at, 1)


def log_beta(rivals: int, lead: arb, allowance: Fraction = Fraction(1)) -> arb:
    """Returns the critical β of equal rivals: ``log(rivals / allowance) / lead``, or 0.

    Args:
        rivals: number of rivals.
        lead: by how much the target's logit leads each of them.
        allowance: as in :func:`critical_beta`.
    """
    if rivals <= allowance:
        return arb(0)
    ratio = Fraction(rivals) / allowance
    return arb(fmpq(ratio.numerator, ratio.denominator)).log() / lead


def jump_beta(angle: Angle, length: int, jump: int, allowance: Fraction) -> arb:
    """Returns the critical β of a one-plane head whose target is ``jump`` positions back.

    Its logit at distance t is ``cos((t - jump) * angle)``, so a rival ``u`` away from the target
    trails by ``1 - cos(u * angle)``.

    Args:
        angle: of the plane.
        length: tokens, the query being the last.
        jump: distance of the target, from 0 to ``length - 1``.
        allowance: as in :func:`critical_beta`.
    """
    offsets = [abs(u) for u in range(-jump, length - jump) if u]
    return critical_beta(
        lambda bits: [diophantine.gap_at(angle, u, bits) for u in offsets], allowance
    )


def hardest_jump(
    angle: Angle, length: int, jumps: Sequence[int], allowance: Fraction
) -> tuple[arb, int]:
    """Returns the largest :func:`jump_beta` over ``jumps``, in a ball, and the jump that has it."""
    betas = [jump_beta(angle, length, jump, allowance) for jump in jumps]
    _, hardest = max((float(beta.mid()), jump) for beta, jump in zip(betas, jumps, strict=True))
    return reduce(arb.max, betas), hardest
