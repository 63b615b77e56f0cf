"""What the sentences promise of Retrieval on any planes, as balls that hold the exact value.

With A letters and ω = 2π/A, a key k letters off and t back scores ``Σ r_p cos(kω + tθ_p)``; the
match has k = 0. Lengths are numbers of tokens, distances in positions, angles in radians per
position; an inverse temperature multiplies logits. The query is the last token.

While every plane is inside its own horizon, one arrangement is the worst for all of them at
once, so closed forms add up. Beyond, planes make up for one another, no closed form is known,
and every pair of distances is compared.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import reduce
from itertools import accumulate, count, islice

from flint import acb, arb, ctx, fmpq

from theory.angle import Angle
from theory.engines import bisection, diophantine
from theory.predictors.planes import (
    BITS,
    LONGEST_SUM,
    ExactWeight,
    ball,
    rivals_of,
    rivals_to_add,
    weighed,
)
from theory.refusal import Refusal

ALLOWANCE = 1
FINEST = 8 * BITS

Planes = list[tuple[Angle, Fraction]]


def retrieval_floor(
    letters: int, angles: Sequence[Angle], weights: Sequence[ExactWeight], length: int
) -> arb:
    """The least gap of Retrieval over proper inputs (urrutia2026heads, Def. 3.1).

    While (2n−3)θ ≤ ω for every plane and n ≥ 3 it is the sum of the closed forms of
    ``retrieval_floor_eq_of_le_horizon``, at any length; elsewhere every pair of distances is
    compared.

    Args:
        letters: A, at least 2.
        angles: One angle per plane.
        weights: One ``r_p ≥ 0`` per plane; floats are taken exactly.
        length: n, at least 2; at most ``LONGEST_SUM`` outside the closed form.

    Raises:
        Refusal: If the planes are unusable, or there are no rivals, or too many to compare.
    """
    planes = _checked(letters, angles, weights)
    rivals_of(length)
    bits = BITS + 2 * length.bit_length()
    edge = Fraction(1, letters * (2 * length - 3))
    if length >= 3 and all(angle.compare(edge) <= 0 for angle, _ in planes):
        return _closed_floor(letters, planes, length, bits)
    rivals_to_add(length)
    return next(islice(_floors(letters, planes, bits), length - 2, None))


def retrieval_peak(
    letters: int, angles: Sequence[Angle], weights: Sequence[ExactWeight], length: int
) -> arb:
    """The largest gap of Retrieval over proper inputs: every rival is the weakest at its place.

    It promises nothing: near 2 in one plane, it is what refutes ``retrieval_peak_le_of_length``
    (urrutia2026heads, Def. 3.1). Arguments and refusals are those of :func:`retrieval_floor`,
    at most ``LONGEST_SUM`` tokens.
    """
    planes = _checked(letters, angles, weights)
    rivals_to_add(length)
    bits = BITS + 2 * length.bit_length()
    with ctx.workprec(bits):
        sums = list(islice(_phasors(planes, bits), length))
        weakest = [-_best_rival(letters, -z) for z in sums]
        others = _without_each(weakest, arb.max, arb.neg_inf())
        return reduce(arb.max, (z.real - b for z, b in zip(sums, others, strict=True)))


def retrieval_horizon(
    letters: int, angles: Sequence[Angle], weights: Sequence[ExactWeight]
) -> int | None:
    """The largest n at which Retrieval is right on all proper inputs; None if every n is.

    The floor does not grow with n. On one plane of up to half a turn it is the largest n with
    (2n−3)θ < ω, decided exactly: ``retrieval_floor_pos_of_lt_horizon`` and
    ``retrieval_floor_nonpos_of_ge_horizon`` (ours, correcting urrutia2026heads, Thm 3.2). For
    other planes it is searched for, length by length. Planes that never turn make it endless
    where ``r(1 − cos ω)`` of theirs is above twice the weight of all others.

    Args:
        letters: A, at least 2.
        angles: One angle per plane.
        weights: One ``r_p ≥ 0`` per plane; floats are taken exactly.

    Raises:
        Refusal: If there are fewer letters, the planes are unusable, or the search comes upon a
            floor that balls cannot tell from 0 or to the end of ``LONGEST_SUM``.
    """
    planes = _checked(letters, angles, weights)
    if _endless(letters, planes):
        return None
    if not _one_slow_plane(planes):
        for shorter, right in enumerate(islice(_verdicts(letters, planes), LONGEST_SUM), start=1):
            if not right:
                return shorter
        raise Refusal(
            f"these planes are right beyond {LONGEST_SUM} tokens: ask for the floor at a length"
        )
    low, high = 1, 2
    while _every_plane_right(letters, planes, high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        right = _every_plane_right(letters, planes, middle)
        low, high = (middle, high) if right else (low, middle)
    return low


def retrieval_critical_beta(
    letters: int, angles: Sequence[Angle], weights: Sequence[ExactWeight], length: int
) -> arb:
    """The inverse temperature above which, and only there, soft Retrieval is right.

    It solves ``Σ exp(−β Σ r_p (cos sθ_p − cos(kω + tθ_p))) = 1`` over the distances t ≠ s of n
    tokens, for the worst target distance s and letter difference k; all rivals are then the same
    token, as ``retrieval_margin_ge_of_equal_rivals`` says (ours). Inside the horizon of every
    plane k = −1 is worst, term by term; elsewhere every k is tried.

    Args:
        letters: A, at least 2.
        angles: One angle per plane.
        weights: One ``r_p ≥ 0`` per plane; floats are taken exactly.
        length: n, from 2 to ``LONGEST_SUM``.

    Returns:
        A ball; exactly 0 if every β > 0 is right, +∞ if none is, as beyond the horizon.

    Raises:
        Refusal: If an argument is out of range, or balls cannot tell the floor from 0.
    """
    planes, rivals = _checked(letters, angles, weights), rivals_to_add(length)
    shifts: Sequence[int] = [-1]
    if not _every_plane_right(letters, planes, length):
        if _one_slow_plane(planes) or not all(islice(_verdicts(letters, planes), rivals)):
            return arb.pos_inf()
        shifts = range(1, letters)

    def rivals_at(bits: int) -> Callable[[arb], arb]:
        shares = [(angle.turns(bits), ball(weight)) for angle, weight in planes]

        def missing(k: int) -> list[arb]:
            """``Σ r_p (1 − cos(kω + tθ_p))``, as differences of cosines would lose digits."""
            part = arb(fmpq(k, letters))
            return [
                sum((2 * r * (part + t * turns).sin_pi() ** 2 for turns, r in shares), arb(0))
                for t in range(length)
            ]

        targets, rows = missing(0), [missing(k) for k in shifts]

        def total(beta: arb) -> arb:
            lifts = [(beta * gap).exp() for gap in targets]
            worst = arb(0)
            for row in rows:
                terms = [(-beta * gap).exp() for gap in row]
                others = _without_each(terms, arb.__add__, arb(0))
                pairs = zip(lifts, others, strict=True)
                worst = reduce(arb.max, (lift * other for lift, other in pairs), worst)
            return worst

        return total

    return bisection.crossing(rivals_at, ALLOWANCE)


def _checked(letters: int, angles: Sequence[Angle], weights: Sequence[ExactWeight]) -> Planes:
    if letters < 2:
        raise Refusal(f"with {letters} letters there is no rival: give at least 2")
    return weighed(angles, weights)


def _one_slow_plane(planes: Planes) -> bool:
    """Whether the exact horizon speaks of them."""
    return len(planes) == 1 and planes[0][0].compare(Fraction(1, 2)) <= 0


def _every_plane_right(letters: int, planes: Planes, length: int) -> bool:
    """Whether (2n−3)θ < ω for each: then all of them together are right."""
    edge = Fraction(1, letters * (2 * length - 3))
    return all(angle.compare(edge) < 0 for angle, _ in planes)


def _endless(letters: int, planes: Planes) -> bool:
    """Whether planes that never turn outweigh whatever the others may do."""
    turns = [angle.exact_turns for angle, _ in planes]
    still = [turn is not None and turn.denominator == 1 for turn in turns]
    fixed = sum(weight for (_, weight), stays in zip(planes, still, strict=True) if stays)
    rest = sum(weight for _, weight in planes) - fixed
    with ctx.workprec(BITS):
        lead = ball(Fraction(fixed)) * 2 * arb(fmpq(1, letters)).sin_pi() ** 2
        return bool(lead > 2 * ball(Fraction(rest)))


def _verdicts(letters: int, planes: Planes) -> Iterator[bool]:
    """Whether all proper inputs of 2, 3, … tokens are right, from floors precise enough to tell."""
    bits, known = BITS, 0
    while True:
        for floor in islice(_floors(letters, planes, bits), known, None):
            if not (floor > 0 or floor <= 0):
                break
            known += 1
            yield bool(floor > 0)
        bits *= 2
        if bits > FINEST:
            raise Refusal(
                f"{FINEST} bits cannot tell the floor at {known + 2} tokens from 0: "
                "change an angle or a weight a little"
            )


def _floors(letters: int, planes: Planes, bits: int) -> Iterator[arb]:
    """The least gaps at lengths 2, 3, …: each new distance is a target's, and a rival's."""
    least, lowest, best = arb.pos_inf(), arb.pos_inf(), arb.neg_inf()
    for t, z in enumerate(_phasors(planes, bits)):
        with ctx.workprec(bits):
            target, rival = z.real, _best_rival(letters, z)
            floor = reduce(arb.min, (target - best, lowest - rival), least)
            lowest, best = lowest.min(target), best.max(rival)
        if t > 0:
            least = floor
            yield least


def _phasors(planes: Planes, bits: int) -> Iterator[acb]:
    """``Σ r_p exp(itθ_p)`` at the distances t = 0, 1 and so on."""
    for t in count():
        with ctx.workprec(bits):
            terms = (ball(r) * acb(2 * t * angle.turns(bits)).exp_pi_i() for angle, r in planes)
            z = sum(terms, acb(0))
        yield z


def _best_rival(letters: int, z: acb) -> arb:
    """The largest real part of ``z·exp(ikω)`` for k not a multiple of A.

    The k that turns z nearest to the positive axis is among the four about ``−arg z / ω``; where
    z may be 0 and has no argument, all are compared.
    """
    steps = -z.arg() * letters / (2 * arb.pi())
    below = diophantine.floor(steps)
    near = range(below - 1, below + 3) if steps.rad() < 0.5 else range(1, letters)
    turned = (z * acb(arb(fmpq(2 * k, letters))).exp_pi_i() for k in near if k % letters)
    return reduce(arb.max, (w.real for w in turned))


def _closed_floor(letters: int, planes: Planes, length: int, bits: int) -> arb:
    """``Σ r_p (cos((n−2)θ_p) − cos(ω − (n−1)θ_p))``, as products of sines."""
    with ctx.workprec(bits):
        omega, total = arb(fmpq(1, letters)), arb(0)
        for angle, weight in planes:
            turns = angle.turns(bits)
            ends = (omega - turns).sin_pi() * (omega - (2 * length - 3) * turns).sin_pi()
            total += 2 * ball(weight) * ends
        return total


def _without_each(
    values: Sequence[arb], combine: Callable[[arb, arb], arb], start: arb
) -> list[arb]:
    """For each position, all the other values combined."""
    before = list(accumulate(values, combine, initial=start))
    after = list(accumulate(reversed(values), combine, initial=start))
    return [combine(a, b) for a, b in zip(before[:-1], reversed(after[:-1]), strict=True)]
