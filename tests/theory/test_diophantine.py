"""The certified discrepancy against scans over every distance, and against its own mutants."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.angle import Angle
from theory.engines import alignment, scan
from theory.engines.diophantine import Gap, convergents, gap_at, index_gap
from theory.refusal import Refusal

GOOGOL = 10**100

fractions = st.builds(Fraction, st.integers(0, 90), st.integers(1, 40))
angles = st.one_of(
    st.floats(0, 7, allow_subnormal=False).map(Angle.of_radians),
    st.integers(1, 60).map(lambda n: Angle.of_radians(2 * math.pi / n)),
    fractions.map(Angle.of_radians),
    fractions.map(Angle.of_turns),
    st.builds(Angle.of_plane, st.sampled_from([10.0, 1e4, 5e5]), st.just(64), st.integers(0, 31)),
)
weights = st.one_of(st.sampled_from([0, 1, Fraction(1, 3)]), st.floats(0, 4, allow_subnormal=False))


def slow_gap(angles: Sequence[Angle], weights: Sequence[float | Fraction], reach: int) -> arb:
    """The minimum over every distance, from cosines of multiples of the angle."""
    with ctx.workprec(300):
        balls = [
            (arb(fmpq(*Fraction(w).as_integer_ratio())), a.ball(300))
            for a, w in zip(angles, weights, strict=True)
        ]
        sums = (
            sum((r * (1 - (t * theta).cos()) for r, theta in balls), arb(0))
            for t in range(1, reach + 1)
        )
        return reduce(arb.min, sums)


def slow_at(angles: Sequence[Angle], distance: int) -> arb:
    with ctx.workprec(2000):
        return sum((1 - (distance * a.ball(2000)).cos() for a in angles), arb(0))


def slow_best(turns: Fraction, reach: int) -> int:
    """The first distance whose multiple is nearest to an integer, by looking at all."""

    def off(t: int) -> Fraction:
        rest = t * turns % 1
        return min(rest, 1 - rest)

    return min(range(1, reach + 1), key=lambda t: (off(t), t))


Judge = Callable[[Angle, int], Gap]


def agrees(judge: Judge, angle: Angle, reach: int) -> bool:
    """Whether the answer meets the slow minimum and is seen at a distance in reach."""
    gap, least = judge(angle, reach), slow_gap([angle], [1], reach)
    seen = slow_at([angle], gap.distance)
    within = 1 <= gap.distance <= reach
    return within and bool(gap.value.overlaps(least) and gap.value.overlaps(seen))


@given(angles, st.integers(1, 60))
def test_one_plane_meets_the_scan(angle: Angle, reach: int) -> None:
    assert agrees(index_gap, angle, reach)


def test_one_plane_at_every_fraction_names_the_first_minimiser() -> None:
    for bottom in range(1, 26):
        for top in range(2 * bottom + 1):
            turns = Fraction(top, bottom)
            for reach in range(1, 28):
                gap = index_gap(Angle.of_turns(turns), reach)
                assert gap.distance == slow_best(turns, reach)
                assert (gap.value == 0) == (turns.denominator <= reach)


def test_one_plane_at_thousands_of_angles_is_no_more_than_any_distance() -> None:
    for step in range(1, 3000):
        theta, reach = step * 0.0021, 1 + step % 97
        gap = index_gap(Angle.of_radians(theta), reach)
        scanned = min(1 - math.cos(t * theta) for t in range(1, reach + 1))
        assert abs(gap.value - scanned) < 1e-13
        assert abs(1 - math.cos(gap.distance * theta) - scanned) < 1e-13


def next_convergent(angle: Angle, reach: int) -> Gap:
    later = convergents(angle, 1000 * reach)
    distance = next((c.denominator for c in later if c.denominator > reach), 1)
    return Gap(gap_at(angle, distance), distance)


def previous_convergent(angle: Angle, reach: int) -> Gap:
    distance = ([Fraction(1), *convergents(angle, reach)])[-2].denominator
    return Gap(gap_at(angle, distance), distance)


def reach_too_long(angle: Angle, reach: int) -> Gap:
    return index_gap(angle, reach + 1)


def reach_too_short(angle: Angle, reach: int) -> Gap:
    return index_gap(angle, max(1, reach - 1))


def last_distance(angle: Angle, reach: int) -> Gap:
    return Gap(gap_at(angle, reach), reach)


def value_of_another_distance(angle: Angle, reach: int) -> Gap:
    return Gap(index_gap(angle, reach).value, 1)


@pytest.mark.parametrize(
    "mutant",
    [
        next_convergent,
        previous_convergent,
        reach_too_long,
        reach_too_short,
        last_distance,
        value_of_another_distance,
    ],
)
def test_mutants_are_caught(mutant: Judge) -> None:
    cases = [
        (angle, reach)
        for angle in (Angle.of_radians(0.9), Angle.parse("2pi/17"), Angle.of_radians(5))
        for reach in range(2, 24)
    ]
    assert all(agrees(index_gap, *case) for case in cases)
    assert not all(agrees(mutant, *case) for case in cases)


@pytest.mark.parametrize(
    ("text", "reach", "distance"),
    [
        ("pi", 1, 1),  # α = 1/2
        ("pi", 2, 2),
        ("3pi/4", 7, 3),  # 3 and 5 tie
        ("3pi/4", 8, 8),
        ("10pi/6", 5, 1),  # α = 5/6: 1 and 5 tie, a₁ = 1
        ("0", 9, 1),
        ("4pi", 9, 1),
    ],
)
def test_ties_go_to_the_nearest(text: str, reach: int, distance: int) -> None:
    assert index_gap(Angle.parse(text), reach).distance == distance


@pytest.mark.parametrize("text", ["0.0027", "1/3", "5", "rope:10000,128,5"])
def test_a_googol_of_tokens_is_certified(text: str) -> None:
    angle = Angle.parse(text)
    gap = index_gap(angle, GOOGOL - 1)
    bound = alignment.boxes_bound([angle], [1], GOOGOL - 1)
    assert gap.distance < GOOGOL
    assert gap.value.rel_accuracy_bits() >= 64
    assert 0 < gap.value < bound
    # Convergents on both sides of α with |pq' − p'q| = 1, q ≤ M < q': no t ≤ M comes nearer.
    upto, beyond = (convergents(angle, reach) for reach in (GOOGOL - 1, GOOGOL**2))
    last, later = upto[-1], beyond[len(upto)]
    assert later.denominator >= GOOGOL > last.denominator == gap.distance
    assert abs(later - last) == Fraction(1, last.denominator * later.denominator)
    assert {angle.compare(last), angle.compare(later)} == {-1, 1}


def test_the_sharp_angle_meets_the_bound_of_one_plane() -> None:
    for reach in (1, 2, 16, 10**6):
        angle = Angle.of_turns(Fraction(1, reach + 1))
        assert index_gap(angle, reach).value.overlaps(alignment.boxes_bound([angle], [1], reach))


@settings(max_examples=60)
@given(st.lists(st.tuples(angles, weights), max_size=4), st.integers(1, 60))
def test_several_planes_meet_the_scan(
    planes: list[tuple[Angle, float | Fraction]], reach: int
) -> None:
    turned, heavy = [a for a, _ in planes], [w for _, w in planes]
    gap = alignment.planes_gap(turned, heavy, reach)
    slow = slow_gap(turned, heavy, reach) if planes else arb(0)
    assert gap.value.overlaps(slow)
    assert gap.exact
    assert 1 <= gap.distance <= reach
    bound = alignment.boxes_bound(turned, heavy, reach)
    assert not gap.value > bound


def test_blocks_of_the_scan_are_joined_without_a_seam() -> None:
    ladder = [Angle.of_plane(100, 6, k) for k in range(3)]
    reach = 2 * scan.BLOCK + 3
    for last in (scan.BLOCK - 1, scan.BLOCK, scan.BLOCK + 1, reach):
        fast = alignment.planes_gap(ladder, [1, 2, 3], last)
        floats = [
            sum(r * (1 - math.cos(t * 100 ** (-k / 3))) for k, r in enumerate((1, 2, 3)))
            for t in range(1, last + 1)
        ]
        assert fast.distance == 1 + floats.index(min(floats))
        assert abs(fast.value - min(floats)) < 1e-9


def test_a_minimiser_at_the_very_end_is_found() -> None:
    pair = [Angle.of_radians(1), Angle.of_radians(Fraction(1, 7))]
    best = alignment.planes_gap(pair, [1, 1], 40_000).distance
    assert alignment.planes_gap(pair, [1, 1], best).distance == best
    assert alignment.planes_gap(pair, [1, 1], best - 1).distance < best


def filter_keeps_its_claim() -> bool:
    """Whether floats of one plane are as near to the truth as the module says."""
    for text in ("0.0027", "3", "2pi/17", "rope:10000,128,40"):
        angle = Angle.parse(text)
        plane = scan._Plane(angle, 1.0, 64)
        for start in (1, 12_345, 2**24 - 64):
            for j, value in enumerate(plane.gaps(start, np.arange(64))):
                true = gap_at(angle, start + j)
                if abs(arb(float(value)) - true) > 257 * true * 2**-53 + arb(2) ** -140:
                    return False
    return True


def test_the_filter_errs_by_less_than_it_claims() -> None:
    assert filter_keeps_its_claim()


exact_step = scan._fixed_point
FILTER_MUTANTS: dict[str, tuple[str, object]] = {
    "angles to 64 bits": ("_fixed_point", lambda angle: exact_step(angle) >> 64 << 64),
    "angles a little off": ("_fixed_point", lambda angle: exact_step(angle) + 2**60),
    "a polynomial two terms short": ("COEFFICIENTS", scan.COEFFICIENTS[:-2]),
    "a coefficient a little off": ("COEFFICIENTS", [19.7392088, *scan.COEFFICIENTS[1:]]),
}


@pytest.mark.parametrize("name", FILTER_MUTANTS)
def test_a_filter_with_a_larger_error_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, *FILTER_MUTANTS[name])
    assert not filter_keeps_its_claim()


def test_a_filter_that_keeps_too_little_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    several = [Angle.of_radians(theta) for theta in (0.6, 1.5, 2.2, 2.7, 3.1)]
    right = alignment.planes_gap(several, [1] * 5, 5000)
    monkeypatch.setattr(scan, "_fixed_point", lambda angle: exact_step(angle) >> 116 << 116)
    assert alignment.planes_gap(several, [1] * 5, 5000).value > right.value


def test_planes_that_all_return_reach_zero_at_their_common_period() -> None:
    planes = [Angle.parse("2pi/12"), Angle.parse("2pi/18")]
    assert alignment.planes_gap(planes, [1, 1], 36) == Gap(arb(0), 36)
    assert alignment.planes_gap(planes, [1, 1], 35).value > 0


def test_weights_known_to_a_ball_give_a_ball_around_every_case() -> None:
    pair = [Angle.of_radians(1), Angle.of_radians(2)]
    wide = alignment.planes_gap(pair, [arb(1, 0.125), arb(1)], 500).value
    for weight in (0.875, 1.0, 1.125):
        assert wide.contains(alignment.planes_gap(pair, [weight, 1], 500).value.mid())


@pytest.mark.parametrize("planes", [2, 3, 8])
def test_a_near_alignment_bounds_the_minimum_from_above(planes: int) -> None:
    ladder = [Angle.of_plane(10_000, 2 * planes, k) for k in range(planes)]
    ones = [1] * planes
    reach = 10**5
    least = alignment.planes_gap(ladder, ones, reach)
    near = alignment.near_alignment(ladder, ones, reach)
    assert not near.exact
    assert near.distance <= reach
    assert not near.value < least.value
    assert near.value.overlaps(slow_at(ladder, near.distance))
    far = alignment.near_alignment(ladder, ones, GOOGOL)
    assert 1 <= far.distance <= GOOGOL
    assert far.value.overlaps(slow_at(ladder, far.distance))
    assert far.value < alignment.boxes_bound(ladder, ones, GOOGOL)


@pytest.mark.parametrize(
    ("planes", "reach", "boxes"),
    [(1, 16, 17), (2, 2, 1), (2, 3, 2), (2, 99, 10), (2, 98, 9), (3, 10**30 - 2, 10**10 - 1)],
)
def test_the_bound_counts_boxes(planes: int, reach: int, boxes: int) -> None:
    angles = [Angle.of_radians(k) for k in range(1, planes + 1)]
    bound = alignment.boxes_bound(angles, [2] * planes, reach)
    sharp = 1 - (2 * arb.pi() / boxes).cos() if boxes > 1 else arb(2)
    assert bound.overlaps(2 * planes * sharp)


one = [Angle.of_radians(1)]
BAD: dict[str, Callable[[], object]] = {
    "no distance": lambda: index_gap(one[0], 0),
    "no distance, planes": lambda: alignment.planes_gap(one, [1], 0),
    "no distance, lattice": lambda: alignment.near_alignment(one, [1], 0),
    "no distance, bound": lambda: alignment.boxes_bound(one, [1], 0),
    "weight missing": lambda: alignment.planes_gap(one, [], 3),
    "negative weight": lambda: alignment.planes_gap(one, [-1], 3),
    "NaN weight": lambda: alignment.planes_gap(one, [math.nan], 3),
    "infinite weight": lambda: alignment.planes_gap(one, [math.inf], 3),
    "too far": lambda: alignment.planes_gap([*one, Angle.of_radians(2)], [1, 1], 10**8),
}


@pytest.mark.parametrize("name", BAD)
def test_unusable_questions_are_refused(name: str) -> None:
    with pytest.raises(Refusal, match=r": "):
        BAD[name]()
