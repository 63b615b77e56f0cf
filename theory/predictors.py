"""What the sentences of the ledger promise at given numbers, as balls that hold the exact value.

Lengths are numbers of tokens, distances are in positions, angles in radians per position; an
inverse temperature multiplies logits. The query is the last token.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from itertools import accumulate

from flint import arb, ctx, fmpq

from theory.angle import Angle
from theory.engines import bisection, diophantine
from theory.engines.alignment import Weight, planes_gap
from theory.refusal import Refusal

BITS = 128
LONGEST_SUM = 100_000
INTEGER_ALLOWANCE, LETTER_ALLOWANCE, RETRIEVAL_ALLOWANCE = 1, 3, 1


def index_floor(angles: Sequence[Angle], weights: Sequence[Weight], length: int) -> arb:
    """The least gap of Index over valid inputs: ``g(n − 1)``, as ``index_gap_le_of_reach`` says.

    With several planes the logit is ``Σ r_k cos((t − i)θ_k)`` and g is the least of
    ``Σ r_k (1 − cos tθ_k)`` over the distances (urrutia2026heads, Def. 3.1; ours).

    Args:
        angles: One angle per plane.
        weights: One ``r_k ≥ 0`` per plane.
        length: n, at least 2; with several planes within the reach of a scan.

    Raises:
        Refusal: If there is no rival, or the planes are unusable or too long to scan.
    """
    return planes_gap(angles, weights, _rivals(length)).value


def index_peak(angles: Sequence[Angle], weights: Sequence[Weight], length: int) -> arb:
    """The largest gap of Index over valid inputs: ``g(⌈(n − 1)/2⌉)``.

    See ``index_gap_le_of_reach``. It belongs to an integer query that points at the middle,
    where integers reach that far (urrutia2026heads, Def. 3.1; ours). Arguments and refusals
    are those of :func:`index_floor`.
    """
    return planes_gap(angles, weights, (_rivals(length) + 1) // 2).value


def retrieval_floor(letters: int, angle: Angle, length: int) -> arb:
    """The least gap of one-plane Retrieval over proper inputs (urrutia2026heads, Def. 3.1).

    While (2n−3)θ ≤ ω and n ≥ 3 it is the closed form of ``retrieval_floor_eq_of_le_horizon``,
    at any length; elsewhere every pair of distances is compared.

    Args:
        letters: A, at least 2; ω = 2π/A.
        angle: The angle of the plane.
        length: n, at least 2; at most ``LONGEST_SUM`` outside the closed form.

    Raises:
        Refusal: If there are no rivals, or too many to compare.
    """
    _check_letters(letters)
    _rivals(length)
    bits = BITS + 2 * length.bit_length()
    if length >= 3 and angle.compare(Fraction(1, letters * (2 * length - 3))) <= 0:
        return _closed_floor(letters, angle, length, bits)
    _check_length(length)
    with ctx.workprec(bits):
        turns = angle.turns(bits)
        targets = [(2 * s * turns).cos_pi() for s in range(length)]
        worst = [_best_rival(letters, t * turns) for t in range(length)]
        others = _without_each(worst, arb.max, arb(-1))
        return reduce(arb.min, (a - b for a, b in zip(targets, others, strict=True)))


def retrieval_horizon(letters: int, angle: Angle) -> int | None:
    """The largest n with (2n−3)θ < ω = 2π/A, decided exactly; None if every n is.

    Up to it, and not beyond, one-plane Retrieval is right on all proper inputs:
    ``retrieval_floor_pos_of_lt_horizon`` and ``retrieval_floor_nonpos_of_ge_horizon`` (ours,
    correcting urrutia2026heads, Thm 3.2).

    Args:
        letters: A, at least 2.
        angle: At most half a turn; a larger one acts like a whole turn less it.

    Raises:
        Refusal: If there are fewer letters, or the angle is larger.
    """
    _check_letters(letters)
    half = Fraction(1, 2)
    if angle.compare(half) > 0:
        raise Refusal(
            f"the angle {angle} is more than half a turn: give its distance to a whole turn"
        )
    if angle.exact_turns == 0:
        return None

    def fits(length: int) -> bool:
        return angle.compare(Fraction(1, letters * (2 * length - 3))) < 0

    low, high = 1, 2
    while fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def index_critical_beta(angle: Angle, length: int, offset: int) -> arb:
    """The inverse temperature above which, and only there, soft one-plane Index is right.

    It solves ``Σ exp(−β(1 − cos tθ)) = 1`` over the distances t from −offset to
    n − 1 − offset but 0; for a letter query, ``offset = 0``, the right side is 3: see
    ``index_margin_eq_of_integer_query`` and ``index_margin_eq_of_letter_query`` (ours).

    Args:
        angle: The angle of the plane.
        length: n, from 2 to ``LONGEST_SUM``.
        offset: The integer of the query, from 0 to n − 1; 0 stands for a letter.

    Returns:
        A ball; exactly 0 if every β > 0 is right, +∞ if none is.

    Raises:
        Refusal: If the length or the offset is out of range.
    """
    rivals = _check_length(length)
    if not 0 <= offset <= rivals:
        raise Refusal(
            f"the offset {offset} leaves a sequence of {length} tokens: give one from 0 to {rivals}"
        )
    near, far = sorted((offset, rivals - offset))
    allowance = LETTER_ALLOWANCE if offset == 0 else INTEGER_ALLOWANCE

    def leads(bits: int) -> list[tuple[arb, int]]:
        """Each lead with the number of distances that have it, the least first."""
        gaps = (diophantine.gap_at(angle, t, bits) for t in range(1, far + 1))
        counted = [(gap, 2 if t <= near else 1) for t, gap in enumerate(gaps, start=1)]
        return sorted(counted, key=lambda lead: lead[0].mid())

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


def retrieval_critical_beta(letters: int, angle: Angle, length: int) -> arb:
    """The inverse temperature above which, and only there, soft one-plane Retrieval is right.

    It solves ``Σ exp(−β(cos sθ − cos(kω + tθ))) = 1`` over the distances t ≠ s of n tokens,
    for the worst target distance s and letter difference k; all rivals are then the same
    token, as ``retrieval_margin_ge_of_equal_rivals`` says (ours). Up to the horizon k = −1 is
    worst, term by term.

    Args:
        letters: A, at least 2; ω = 2π/A.
        angle: The angle of the plane, at most half a turn.
        length: n, from 2 to ``LONGEST_SUM``.

    Returns:
        A ball; exactly 0 if every β > 0 is right, +∞ if none is, as beyond the horizon.

    Raises:
        Refusal: If an argument is out of range.
    """
    _check_length(length)
    horizon = retrieval_horizon(letters, angle)
    if horizon is not None and length > horizon:
        return arb.pos_inf()

    def rivals_at(bits: int) -> Callable[[arb], arb]:
        turns, omega = angle.turns(bits), arb(fmpq(1, letters))
        # 1 − cos, since the difference of two cosines near 1 would lose digits.
        targets = [2 * (t * turns).sin_pi() ** 2 for t in range(length)]
        worst = [2 * (omega - t * turns).sin_pi() ** 2 for t in range(length)]

        def total(beta: arb) -> arb:
            others = _without_each([(-beta * gap).exp() for gap in worst], arb.__add__, arb(0))
            pairs = zip(targets, others, strict=True)
            return reduce(arb.max, ((beta * gap).exp() * other for gap, other in pairs))

        return total

    return bisection.crossing(rivals_at, RETRIEVAL_ALLOWANCE)


def softmax_weight_bounds(floor: arb, length: int, beta: arb) -> arb:
    """``1/(1 + (n−1)e^{−βλ})``, the least weight of a target that leads by λ.

    See ``weight_ge_of_floor``.

    Args:
        floor: λ, by how much the target's logit leads every other before β.
        length: n, at least 1.
        beta: The inverse temperature, at least 0.

    Raises:
        Refusal: If there are no positions, or β is not certainly at least 0.
    """
    if not beta >= 0:
        raise Refusal(f"the inverse temperature {beta} may be negative: give one of at least 0")
    _check_positions(length)
    with ctx.workprec(BITS):
        return 1 / (1 + (length - 1) * (-beta * floor).exp())


def dispersion_bound(width: arb, length: int) -> arb:
    """``e^δ/(n − 1 + e^δ)``, the largest weight when all n logits lie in an interval of width δ.

    Every head with bounded logits disperses: see ``weight_le_of_width`` (velickovic2024softmax).

    Args:
        width: δ, at least 0, β included.
        length: n, at least 1.

    Raises:
        Refusal: If there are no positions, or δ is not certainly at least 0.
    """
    if not width >= 0:
        raise Refusal(f"the width {width} may be negative: give the highest logit less the lowest")
    _check_positions(length)
    with ctx.workprec(BITS):
        return 1 / (1 + (length - 1) * (-width).exp())


def _closed_floor(letters: int, angle: Angle, length: int, bits: int) -> arb:
    """``cos((n−2)θ) − cos(ω − (n−1)θ)``, as a product of sines."""
    with ctx.workprec(bits):
        turns, omega = angle.turns(bits), arb(fmpq(1, letters))
        return 2 * (omega - turns).sin_pi() * (omega - (2 * length - 3) * turns).sin_pi()


def _best_rival(letters: int, turns: arb) -> arb:
    """The largest ``cos(kω + tθ)`` for k not a multiple of A, at ``tθ`` of so many turns.

    The nearest multiple of ω that is allowed is among the four about ``tθ``.
    """
    below = diophantine.floor(letters * turns)
    allowed = [k for k in range(below - 1, below + 3) if k % letters]
    return reduce(arb.max, ((2 * (turns - arb(fmpq(k, letters)))).cos_pi() for k in allowed))


def _without_each(
    values: Sequence[arb], combine: Callable[[arb, arb], arb], start: arb
) -> list[arb]:
    """For each position, all the other values combined."""
    before = list(accumulate(values, combine, initial=start))
    after = list(accumulate(reversed(values), combine, initial=start))
    return [combine(a, b) for a, b in zip(before[:-1], reversed(after[:-1]), strict=True)]


def _rivals(length: int) -> int:
    if length < 2:
        raise Refusal(f"among {length} tokens the target has no rival: give a length of at least 2")
    return length - 1


def _check_length(length: int) -> int:
    if length > LONGEST_SUM:
        raise Refusal(
            f"a length of {length} has too many terms to add up here: "
            f"give one of at most {LONGEST_SUM}"
        )
    return _rivals(length)


def _check_letters(letters: int) -> None:
    if letters < 2:
        raise Refusal(f"with {letters} letters there is no rival: give at least 2")


def _check_positions(length: int) -> None:
    if length < 1:
        raise Refusal(f"a softmax over {length} positions is empty: give a length of at least 1")
