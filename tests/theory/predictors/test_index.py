"""What the sentences promise of Index, against loops over all they speak of."""

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
from flint import arb, ctx
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.theory.predictors.bracketing import brackets
from theory.angle import Angle
from theory.predictors.index import index_critical_beta, index_floor, index_horizon, index_peak
from theory.refusal import Refusal

radians = st.one_of(st.floats(0.001, 3.1), st.integers(3, 40).map(lambda n: 2 * math.pi / n))
planes = st.lists(st.tuples(radians, st.floats(0, 3)), min_size=1, max_size=3)


def exact(planes: list[tuple[float, float]]) -> tuple[list[Angle], list[float]]:
    return [Angle.of_radians(theta) for theta, _ in planes], [weight for _, weight in planes]


def rivals(beta: arb, angles: list[Angle], weights: list[float], length: int, offset: int) -> arb:
    """What everything but the target weighs, in units of the target."""
    with ctx.workprec(400):
        thetas = [angle.ball(400) for angle in angles]
        total = arb(0)
        for t in range(-offset, length - offset):
            if t != 0:
                pairs = zip(thetas, weights, strict=True)
                lead = sum((r * (1 - (t * theta).cos()) for theta, r in pairs), arb(0))
                total += (-beta * lead).exp()
        return total


@given(planes, st.integers(2, 30))
def test_floor_and_peak_are_minima_over_queries(
    planes: list[tuple[float, float]], length: int
) -> None:
    def lead(query: int) -> float:
        rivals = [t for t in range(-query, length - query) if t != 0]
        return min(sum(r * (1 - math.cos(t * a)) for a, r in planes) for t in rivals)

    angles, weights = exact(planes)
    leads = [lead(query) for query in range(length)]
    assert abs(index_floor(angles, weights, length) - min(leads)) < 1e-12
    assert abs(index_peak(angles, weights, length) - max(leads)) < 1e-12


def test_there_is_a_floor_at_any_length() -> None:
    floor = index_floor([Angle.of_radians(0.0027)], [1], 10**100)
    assert 0 < floor < arb(10) ** -198


@given(st.lists(st.fractions(0, 1, max_denominator=7), min_size=1, max_size=3))
def test_the_horizon_is_where_the_floor_comes_to_zero(turns: list[Fraction]) -> None:
    angles, weights = [Angle.of_turns(turn) for turn in turns], [Fraction(1, 3)] * len(turns)
    horizon = index_horizon(angles, weights)
    assert horizon is not None
    assert horizon == 1 or index_floor(angles, weights, horizon) > 0
    assert index_floor(angles, weights, horizon + 1) == 0


def test_one_irrational_plane_has_no_horizon() -> None:
    seventh = Angle.of_turns(Fraction(1, 7))
    assert index_horizon([seventh, Angle.of_radians(1)], [1, Fraction(1, 9)]) is None
    assert index_horizon([seventh, Angle.of_radians(1)], [1, 0]) == 7


@settings(max_examples=50)
@given(planes, st.integers(5, 24), st.data())
def test_critical_beta_brackets_its_equation(
    planes: list[tuple[float, float]], length: int, data: st.DataObject
) -> None:
    angles, weights = exact(planes)
    assume(max(weights) > 0.01)
    integer = data.draw(st.none() | st.integers(0, length - 1))
    beta = index_critical_beta(angles, weights, length, integer)
    allowance = 3 if integer is None else 1
    assert beta.rel_accuracy_bits() >= 48
    assert brackets(beta, lambda b: rivals(b, angles, weights, length, integer or 0), allowance)


@pytest.mark.parametrize("weights", [[1.0, 0.0], [0.75, 0.5]])
@pytest.mark.parametrize(("length", "integer", "theta"), [(5, 2, 1.2), (6, None, 0.6), (7, 1, 0.9)])
def test_neighbours_of_the_equation_are_told_apart(
    length: int, integer: int | None, theta: float, weights: list[float]
) -> None:
    angles = [Angle.of_radians(theta), Angle.of_radians(2.9)]
    offset, allowance = integer or 0, 3 if integer is None else 1
    beta = index_critical_beta(angles, weights, length, integer)

    def holds(length: int, offset: int, allowance: int, weights: list[float]) -> bool:
        return brackets(beta, lambda b: rivals(b, angles, weights, length, offset), allowance)

    assert holds(length, offset, allowance, weights)
    assert not holds(length + 1, offset, allowance, weights)
    assert not holds(length - 1, offset, allowance, weights)
    assert not holds(length, offset, 4 - allowance, weights)
    assert not holds(length, offset, allowance, [weights[0], weights[1] + 2.0**-20])
    assert offset == length // 2 or not holds(length, offset + 1, allowance, weights)


@pytest.mark.parametrize(("length", "beta"), [(17, "11.758423886641"), (1025, "41803.8740775")])
def test_critical_beta_at_the_angle_of_the_length(length: int, beta: str) -> None:
    angle = Angle.of_turns(Fraction(1, length))
    for integer in (0, 1, length // 2, length - 1):  # a whole turn: the distances are the same
        critical = index_critical_beta([angle], [1], length, integer)
        assert abs(critical - arb(beta)) < arb("1e-7")
    assert index_critical_beta([angle], [1], length, None) < arb(beta) / 2


def test_twice_the_weight_needs_half_the_beta() -> None:
    angle = Angle.of_radians(0.7)
    once, twice = (index_critical_beta([angle] * m, [1] * m, 9, 3) for m in (1, 2))
    assert once.overlaps(2 * twice)


def test_critical_beta_grows_like_the_square_of_the_length() -> None:
    length = 4097
    beta = index_critical_beta([Angle.of_turns(Fraction(1, length))], [1], length, 1)
    root = beta * 2 * arb.pi() ** 2 / length**2
    assert abs(root - 0.785409119) < 1e-6
    assert abs(root - arb.pi() / 4) > 1e-5


def test_index_without_a_finite_critical_beta() -> None:
    back = [Angle.parse("2pi/5")]  # the distance 5 looks like 0
    assert index_critical_beta(back, [1], 17, 3) > 10**300
    assert index_critical_beta(back, [1], 6, 0) > 10**300
    assert index_critical_beta(back, [1], 6, None) < 10  # a letter may bear two such rivals
    assert index_critical_beta(back, [1], 16, None) > 10**300
    assert index_critical_beta(back, [1], 2, 1) == 0
    assert index_critical_beta(back, [1], 4, None) == 0
    assert index_critical_beta([*back, Angle.parse("2pi/3")], [1, 1], 15, 7) < 10**3
    assert index_critical_beta([*back, Angle.parse("2pi/3")], [1, 1], 16, 0) > 10**300
    nearly = index_critical_beta([Angle.of_radians(2 * math.pi / 5)], [1], 17, 3)
    assert 10**20 < nearly < 10**40


still = Angle.of_radians(1)
BAD: dict[str, Callable[[], object]] = {
    "one token": lambda: index_floor([still], [1], 1),
    "one token, peak": lambda: index_peak([still], [1], 1),
    "too long to scan": lambda: index_floor([still, Angle.of_radians(2)], [1, 1], 10**9),
    "integer": lambda: index_critical_beta([still], [1], 5, 5),
    "negative integer": lambda: index_critical_beta([still], [1], 5, -1),
    "too long to add": lambda: index_critical_beta([still], [1], 10**6, 1),
    "no plane": lambda: index_critical_beta([], [], 5, 1),
    "no weight": lambda: index_horizon([still], [0]),
    "too few weights": lambda: index_horizon([still, still], [1]),
    "negative weight": lambda: index_critical_beta([still], [-1], 5, 1),
    "NaN weight": lambda: index_critical_beta([still], [math.nan], 5, 1),
    "infinite weight": lambda: index_horizon([still], [math.inf]),
}


@pytest.mark.parametrize("name", BAD)
def test_unusable_questions_are_refused(name: str) -> None:
    with pytest.raises(Refusal, match=r": "):
        BAD[name]()
