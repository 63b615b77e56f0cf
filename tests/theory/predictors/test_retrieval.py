"""What the sentences promise of Retrieval, against loops over all they speak of."""

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import pytest
from flint import arb, ctx, fmpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.theory.predictors.bracketing import brackets
from theory.angle import Angle
from theory.predictors import retrieval
from theory.predictors.retrieval import (
    retrieval_critical_beta,
    retrieval_floor,
    retrieval_horizon,
    retrieval_peak,
)
from theory.refusal import Refusal

Planes = Sequence[tuple[Angle, float]]

radians = st.one_of(
    st.floats(0.001, 3.1), st.floats(2e-5, 0.1), st.integers(3, 40).map(lambda n: 2 * math.pi / n)
).map(Angle.of_radians)
slow = st.builds(lambda share, letters: (share * 2 * math.pi / letters, letters),
                 st.floats(0.0, 0.2), st.integers(2, 7))  # fmt: skip
weight = st.floats(0.1, 3)
some_planes = st.lists(st.tuples(radians, weight), min_size=1, max_size=3)
slow_planes = st.lists(
    st.tuples(st.floats(0.001, 0.3).map(Angle.of_radians), weight), min_size=1, max_size=3
)


def exact(planes: Planes) -> tuple[list[Angle], list[float]]:
    return [angle for angle, _ in planes], [r for _, r in planes]


def logit(planes: Planes, letters: int, k: int, t: int) -> arb:
    """The score of a key k letters off and t back."""
    turns = arb(fmpq(k, letters))
    terms = (r * (2 * (turns + t * angle.turns(400))).cos_pi() for angle, r in planes)
    return sum(terms, arb(0))


def rows(planes: Planes, letters: int, length: int) -> Iterator[tuple[arb, list[list[arb]]]]:
    """For each target distance its score, and those of all rivals by distance and letter."""
    with ctx.workprec(400):
        score = [[logit(planes, letters, k, t) for k in range(letters)] for t in range(length)]
    for s in range(length):
        yield score[s][0], [score[t][1:] for t in range(length) if t != s]


def slow_floor(planes: Planes, letters: int, length: int) -> arb:
    with ctx.workprec(400):
        least = arb.pos_inf()
        for target, places in rows(planes, letters, length):
            for place in places:
                for rival in place:
                    least = least.min(target - rival)
        return least


def slow_peak(planes: Planes, letters: int, length: int) -> arb:
    """Over every choice of a letter for each place, as loops over choices would find."""
    with ctx.workprec(400):
        peak = arb.neg_inf()
        for target, places in rows(planes, letters, length):
            best = arb.neg_inf()
            for place in places:
                weakest = arb.pos_inf()
                for rival in place:
                    weakest = weakest.min(rival)
                best = best.max(weakest)
            peak = peak.max(target - best)
        return peak


def worst_rivals(beta: arb, planes: Planes, letters: int, length: int) -> arb:
    """The weight of equal rivals in units of the target, for the worst target and letter."""
    with ctx.workprec(400):
        worst = arb(0)
        for target, places in rows(planes, letters, length):
            for k in range(letters - 1):
                total = arb(0)
                for place in places:
                    total += (beta * (place[k] - target)).exp()
                worst = worst.max(total)
        return worst


@given(some_planes, st.integers(2, 6), st.integers(2, 7))
def test_floor_is_the_minimum_over_everything(planes: Planes, letters: int, length: int) -> None:
    fast = retrieval_floor(letters, *exact(planes), length)
    assert fast.overlaps(slow_floor(planes, letters, length))
    assert fast.rad() < 1e-25


@given(some_planes, st.integers(2, 6), st.integers(2, 7))
def test_peak_is_the_maximum_over_arrangements(planes: Planes, letters: int, length: int) -> None:
    fast = retrieval_peak(letters, *exact(planes), length)
    assert fast.overlaps(slow_peak(planes, letters, length))
    assert fast.rad() < 1e-25
    assert not fast < retrieval_floor(letters, *exact(planes), length)


def test_planes_that_cancel_leave_every_rival_to_compare() -> None:
    """At the distance 1 the sum is exactly 0, and no letter is nearest."""
    planes = [(Angle.parse("pi"), 1.0), (Angle.parse("2pi"), 1.0)]
    for length in (2, 3):
        fast = retrieval_floor(5, *exact(planes), length)
        assert fast.overlaps(slow_floor(planes, 5, length))
        assert fast.rad() < 1e-25


@pytest.mark.parametrize("letters", [2, 3, 8])
@pytest.mark.parametrize("length", [2, 3, 4, 9])
def test_floor_where_the_closed_form_ends(letters: int, length: int) -> None:
    end = Fraction(1, 2 * letters * (length - 1))
    for turns in (end, end * Fraction(1001, 1000), end * Fraction(999, 1000), Fraction(0)):
        plane = (Angle.of_turns(turns), 1.0)
        fast = retrieval_floor(letters, *exact([plane]), length)
        assert fast.overlaps(slow_floor([plane], letters, length))


def closed_form(letters: int, theta: float, length: int, short: int) -> float:
    omega = 2 * math.pi / letters
    return math.cos((length - short - 1) * theta) - math.cos(omega - (length - short) * theta)


def test_the_published_bound_is_off_by_one_and_so_are_its_neighbours() -> None:
    fast = retrieval_floor(8, [Angle.of_radians(0.0027)], [1], 17)
    assert abs(fast - closed_form(8, 0.0027, 17, short=1)) < 1e-14
    for short in (0, 2):
        assert abs(fast - closed_form(8, 0.0027, 17, short)) > 1e-3


def test_far_beyond_a_scan_closed_forms_add_up() -> None:
    tiny = [Angle.of_radians(Fraction(1, 10**60)), Angle.of_radians(Fraction(1, 10**61))]
    one, two = (retrieval_floor(8, [angle], [1], 10**59) for angle in tiny)
    both = retrieval_floor(8, tiny, [2, Fraction(1, 3)], 10**59)
    assert 0 < one < two < 1
    assert both.overlaps(2 * one + two / 3)


@given(slow, st.integers(0, 3))
def test_the_horizon_is_where_the_floor_changes_sign(plane: tuple[float, int], shift: int) -> None:
    theta, letters = plane
    assume(theta > 2 * math.pi / letters / 15)
    planes = [(Angle.of_radians(theta), 1.0)]
    horizon = retrieval_horizon(letters, *exact(planes))
    assert horizon is not None
    assert horizon < 2 or slow_floor(planes, letters, horizon) > 0
    assert not slow_floor(planes, letters, horizon + 1 + shift) > 0


@settings(max_examples=50)
@given(slow_planes, st.integers(2, 6))
def test_the_horizon_of_planes_is_where_their_floor_changes_sign(
    planes: Planes, letters: int
) -> None:
    everything = [*planes, (Angle.of_radians(0.4), 4.0)]
    horizon = retrieval_horizon(letters, *exact(everything))
    assert horizon is not None
    assume(horizon < 20)
    assert horizon < 2 or slow_floor(everything, letters, horizon) > 0
    assert slow_floor(everything, letters, horizon + 1) <= 0
    ends = [retrieval_horizon(letters, *exact([plane])) or 0 for plane in everything]
    assert min(ends) <= horizon


def test_the_horizon_at_the_numbers_of_the_paper() -> None:
    angle = Angle.of_radians(0.0027)
    assert retrieval_horizon(8, [angle], [1]) == 146
    assert retrieval_horizon(8, [angle, angle], [1, Fraction(1, 7)]) == 146
    assert retrieval_floor(8, [angle], [1], 146) > 0
    assert retrieval_floor(8, [angle], [1], 147) < 0


@pytest.mark.parametrize("length", [3, 10, 10**30])
def test_the_horizon_is_strict_where_both_sides_are_equal(length: int) -> None:
    letters = 7
    edge = Fraction(1, letters * (2 * length - 3))
    assert retrieval_horizon(letters, [Angle.of_turns(edge)], [1]) == length - 1
    assert retrieval_horizon(letters, [Angle.of_turns(edge * (1 - edge))], [1]) == length


def test_a_horizon_may_be_missing() -> None:
    fast, stays = Angle.of_radians(1), Angle.of_radians(0)
    assert retrieval_horizon(8, [stays], [1]) is None
    assert retrieval_horizon(8, [fast, Angle.parse("2pi")], [1, 7]) is None
    assert retrieval_horizon(8, [fast, stays], [1, 6]) is not None
    assert retrieval_horizon(8, [Angle.parse("pi")], [1]) == 1


def test_more_than_half_a_turn_is_the_rest_of_it_the_other_way() -> None:
    less = Angle.of_turns(Fraction(1, 100))
    more = Angle.of_turns(Fraction(99, 100))
    assert retrieval_horizon(8, [more], [1]) == retrieval_horizon(8, [less], [1]) == 7
    with pytest.raises(Refusal, match="cannot tell the floor at 8 tokens from 0: "):
        retrieval_horizon(8, [Angle.of_turns(1 - Fraction(1, 8 * 13))], [1])


@settings(max_examples=40)
@given(slow, st.integers(3, 7))
def test_critical_beta_is_the_worst_over_targets_and_letters(
    plane: tuple[float, int], length: int
) -> None:
    theta, letters = plane
    planes = [(Angle.of_radians(theta), 1.0)]
    beta = retrieval_critical_beta(letters, *exact(planes), length)
    horizon = retrieval_horizon(letters, *exact(planes))
    if horizon is not None and length > horizon:
        assert beta > 10**300
    else:
        assert brackets(beta, lambda b: worst_rivals(b, planes, letters, length), 1)


@settings(max_examples=40)
@given(slow_planes, weight, st.integers(2, 6), st.integers(3, 7))
def test_critical_beta_of_planes_is_the_worst_over_targets_and_letters(
    planes: Planes, still: float, letters: int, length: int
) -> None:
    planes = [*planes, (Angle.of_radians(0), still)]
    beta = retrieval_critical_beta(letters, *exact(planes), length)
    if slow_floor(planes, letters, length) > 0:
        assert brackets(beta, lambda b: worst_rivals(b, planes, letters, length), 1)
    else:
        assert beta > 10**300


def test_another_letter_may_be_worst_outside_the_horizons() -> None:
    """One letter up, as the heavy plane does not turn and the light one turns backwards."""
    planes = [(Angle.of_radians(0), 1.0), (Angle.of_radians(2 * math.pi - 0.7), 0.25)]
    letters, length = 5, 4
    beta = retrieval_critical_beta(letters, *exact(planes), length)
    assert brackets(beta, lambda b: worst_rivals(b, planes, letters, length), 1)
    with ctx.workprec(400):
        down = max(
            sum((beta * (place[-1] - target)).exp() for place in places)
            for target, places in rows(planes, letters, length)
        )
    assert down < 0.9


def test_critical_beta_without_rotation_is_a_logarithm() -> None:
    still = Angle.of_radians(0)
    for length in (2, 3, 100):
        beta = retrieval_critical_beta(8, [still], [1], length)
        with ctx.workprec(400):
            exact = arb(length - 1).log() / (1 - (arb.pi() / 4).cos())
        assert beta.overlaps(exact)


def test_critical_beta_next_to_its_horizon_is_finite() -> None:
    edge = Fraction(1, 8 * 17) * (1 - Fraction(1, 10**60))
    planes = [(Angle.of_turns(edge), 1.0)]
    beta = retrieval_critical_beta(8, *exact(planes), 10)
    assert 1000 < beta < 10_000
    assert brackets(beta, lambda b: worst_rivals(b, planes, 8, 10), allowance=1)


still = Angle.of_radians(1)
BAD: dict[str, Callable[[], object]] = {
    "one letter": lambda: retrieval_floor(1, [still], [1], 5),
    "one letter, horizon": lambda: retrieval_horizon(1, [still], [1]),
    "one token": lambda: retrieval_floor(8, [still], [1], 1),
    "one token, peak": lambda: retrieval_peak(8, [still], [1], 1),
    "too long to compare": lambda: retrieval_floor(8, [still], [1], 10**6),
    "too long to add": lambda: retrieval_critical_beta(8, [still], [1], 10**6),
    "no plane": lambda: retrieval_floor(8, [], [], 5),
    "no weight": lambda: retrieval_horizon(8, [still], [0]),
    "too few weights": lambda: retrieval_peak(8, [still], [], 5),
    "negative weight": lambda: retrieval_critical_beta(8, [still], [-1], 5),
}


@pytest.mark.parametrize("name", BAD)
def test_unusable_questions_are_refused(name: str) -> None:
    with pytest.raises(Refusal, match=r": "):
        BAD[name]()


def test_a_search_that_finds_no_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "LONGEST_SUM", 30)
    planes = [Angle.of_radians(0), Angle.of_radians(0.0027)]
    with pytest.raises(Refusal, match="right beyond 30 tokens: "):
        retrieval_horizon(8, planes, [1, 1])
