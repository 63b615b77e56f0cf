"""How near several planes come to be aligned at once: ``g(M) = min Σ r_k (1 − cos tθ_k)``.

Up to ``SCAN_LIMIT`` the minimum over 1 ≤ t ≤ M is found exactly: floats put aside every t
that cannot be the minimiser, balls decide among the rest. Beyond, a reduced lattice basis
(Lenstra, Lenstra, Lovász) names one t, whose value in balls is an upper bound, and
``planes_gap_le_of_boxes`` gives another that needs no t.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import chain, combinations

from flint import arb, ctx, fmpq, fmpz, fmpz_mat

from theory.angle import Angle
from theory.engines import scan
from theory.engines.diophantine import ACCURACY, Gap, check_reach, floor, gap_at, index_gap
from theory.refusal import Refusal

Weight = float | Fraction | arb

SCAN_LIMIT = 10**7
FINEST = 8 * ACCURACY
SHORTLIST = 32


def planes_gap(
    angles: Sequence[Angle],
    weights: Sequence[Weight],
    reach: int,
    tick: Callable[[int], object] = lambda done: None,
) -> Gap:
    """The least of ``Σ r_k (1 − cos tθ_k)`` over 1 ≤ t ≤ ``reach``, certified.

    One plane, planes that all return to zero, and planes too slow to turn half way are
    answered at any reach; the rest is scanned.

    Args:
        angles: One angle per plane.
        weights: ``r_k ≥ 0``, one per plane; floats are taken exactly, balls are kept.
        reach: How far the farthest rival stands, at least 1.
        tick: Called now and then with the number of distances done.

    Returns:
        A ball around the minimum, and the smallest distance that is not certainly beaten;
        that is the minimiser, unless two distances agree to ``FINEST`` bits.

    Raises:
        Refusal: If the planes are unusable, or ``reach`` is not positive or too far to scan.
    """
    planes = usable(angles, weights)
    check_reach(reach)
    if (known := _without_scan(planes, reach)) is not None:
        return known
    if reach > SCAN_LIMIT:
        raise Refusal(
            f"{len(planes)} planes cannot be scanned to a distance of {reach}: "
            f"stay within {SCAN_LIMIT}, or ask for an upper bound"
        )
    return _least(planes, scan.candidates(planes, reach, tick))


def near_alignment(angles: Sequence[Angle], weights: Sequence[Weight], reach: int) -> Gap:
    """An upper bound on ``min Σ r_k (1 − cos tθ_k)``: its value at one explicit t ≤ ``reach``.

    The best of all distances up to a block and of short vectors of lattices spanned by
    ``√r_k·e_k`` and ``(√r_k·α_k …, c)``, for a few sizes of c. It is the minimum only where
    the result says ``exact``.

    Raises:
        Refusal: As :func:`planes_gap` does, but at no reach for being far.
    """
    planes = usable(angles, weights)
    check_reach(reach)
    if (known := _without_scan(planes, reach)) is not None:
        return known
    near = planes_gap(angles, weights, min(reach, scan.BLOCK))
    if reach <= scan.BLOCK:
        return near
    best = _least(planes, [near.distance, *_short_distances(planes, reach)])
    return replace(best, exact=False)


def boxes_bound(angles: Sequence[Angle], weights: Sequence[Weight], reach: int) -> arb:
    """``Σ r_k · (1 − cos(2π/N))`` with ``N = ⌊(M+1)^(1/m)⌋``: no gap of m planes is larger.

    This is ``planes_gap_le_of_boxes``, times the total weight. Planes that never turn or weigh
    nothing do not count; while N is 1 only ``2 Σ r_k`` is left.

    Raises:
        Refusal: If the planes are unusable, or ``reach`` is not positive.
    """
    planes = usable(angles, weights)
    check_reach(reach)
    with ctx.workprec(4 * ACCURACY):
        total = sum((weight for _, weight in planes), arb(0))
        if not planes:
            return total
        boxes = fmpz(reach + 1).root(len(planes))
        if boxes < 2:
            return 2 * total
        return 2 * total * (1 / arb(boxes)).sin_pi() ** 2


def usable(angles: Sequence[Angle], weights: Sequence[Weight]) -> scan.Planes:
    """The planes that can tell distances apart, equal angles taken together.

    Raises:
        Refusal: If a weight is missing, negative or not finite.
    """
    if len(angles) != len(weights):
        raise Refusal(
            f"there are {len(angles)} angles and {len(weights)} weights: give one weight per angle"
        )
    together: dict[Angle, arb] = {}
    with ctx.workprec(4 * ACCURACY):
        for angle, weight in zip(angles, weights, strict=True):
            ball = _exact(weight)
            if not (ball.is_finite() and ball >= 0):
                raise Refusal(
                    f"the weight {weight} is not finite and non-negative: give |q||k| of the plane"
                )
            turns = angle.exact_turns
            if not ball.is_zero() and (turns is None or turns.denominator > 1):
                together[angle] = together.get(angle, arb(0)) + ball
    return list(together.items())


def _exact(weight: Weight) -> arb:
    if isinstance(weight, Fraction):
        return arb(fmpq(weight.numerator, weight.denominator))
    return arb(weight)


def _without_scan(planes: scan.Planes, reach: int) -> Gap | None:
    """The answer where it is known at any reach, else None."""
    if not planes:
        return Gap(arb(0), 1)
    turns = [angle.exact_turns for angle, _ in planes]
    period = math.lcm(*(1 if turn is None else turn.denominator for turn in turns))
    if None not in turns and period <= reach:
        return Gap(arb(0), period)
    if all(angle.compare(Fraction(1, 2 * reach)) <= 0 for angle, _ in planes):
        return Gap(_value(planes, 1, ACCURACY), 1)
    if len(planes) == 1:
        distance = index_gap(planes[0][0], reach).distance
        return Gap(_value(planes, distance, ACCURACY), distance)
    return None


def _value(planes: scan.Planes, distance: int, accuracy: int) -> arb:
    """A ball around ``Σ r_k (1 − cos tθ_k)``."""
    terms = [(weight, gap_at(angle, distance, accuracy)) for angle, weight in planes]
    with ctx.workprec(2 * accuracy):
        return sum((weight * gap for weight, gap in terms), arb(0))


def _least(planes: scan.Planes, distances: Sequence[int]) -> Gap:
    """The least value at the distances, and the first of them that none certainly beats."""
    accuracy, rivals = ACCURACY, sorted(set(distances))
    while True:
        values = {t: _value(planes, t, accuracy) for t in rivals}
        least = reduce(arb.min, values.values())
        rivals = [t for t, value in values.items() if not value > least]
        if len(rivals) == 1 or accuracy >= FINEST:
            return Gap(least, rivals[0])
        accuracy *= 2


def _short_distances(planes: scan.Planes, reach: int) -> list[int]:
    """Distances up to ``reach`` that short lattice vectors name, the most promising ones.

    A vector has the entries ``√r_k (tα_k − p_k)`` and ``c·t``, all times a power of two. At
    first c balances the two kinds at Minkowski's radius; it falls, and t grows, until the
    shortest vector reaches too far. None of the rounding here matters, since the value of
    each t is computed afresh.
    """
    bits = 2 * reach.bit_length() + ACCURACY
    with ctx.workprec(2 * bits):
        heavy = reduce(arb.max, (weight.mid() for _, weight in planes))
        roots = [(weight.mid() / heavy).sqrt() * arb(2) ** bits for _, weight in planes]
        radius = (-arb(reach + 1).log() / len(planes)).exp() * arb(2) ** bits
        units = [max(1, floor(root)) for root in roots]
        turns = [
            floor(root * angle.turns(2 * bits)) % unit
            for root, unit, (angle, _) in zip(roots, units, planes, strict=True)
        ]
        scale = 16 * floor(radius / reach)
    size = len(planes)
    vectors = [[unit if i == j else 0 for j in range(size + 1)] for i, unit in enumerate(units)]
    vectors.append([*turns, 1])
    lengths: dict[int, int] = {}
    while scale:
        rows = fmpz_mat([[*v[:-1], v[-1] * scale] for v in vectors]).lll().tolist()
        vectors = [[*map(int, row[:-1]), int(row[-1]) // scale] for row in rows]
        pairs = (
            [x + sign * y for x, y in zip(v, w, strict=True)]
            for v, w in combinations(vectors, 2)
            for sign in (1, -1)
        )
        for vector in chain(vectors, pairs):
            if 1 <= abs(vector[-1]) <= reach:
                lengths[abs(vector[-1])] = sum(entry * entry for entry in vector[:-1])
        shortest = abs(vectors[0][-1])
        if shortest > reach:
            break
        scale //= max(4, math.isqrt(reach // max(1, shortest)))
    return sorted(lengths, key=lengths.__getitem__)[:SHORTLIST]
