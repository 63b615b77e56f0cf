"""What the sentences promise at given numbers, against loops over all they speak of."""

import inspect
import math
import re
from collections.abc import Callable
from fractions import Fraction

import pytest
from flint import arb, ctx, fmpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from theory import ledger, predictors
from theory.angle import Angle
from theory.refusal import Refusal

radians = st.one_of(st.floats(0.001, 3.1), st.integers(3, 40).map(lambda n: 2 * math.pi / n))
slow = st.builds(lambda share, letters: (share * 2 * math.pi / letters, letters),
                 st.floats(0.0, 0.2), st.integers(2, 7))  # fmt: skip


def slow_retrieval_floor(letters: int, angle: Angle, length: int) -> arb:
    """Every target distance, every rival distance, every letter difference."""
    with ctx.workprec(400):
        theta, omega = angle.ball(400), 2 * arb.pi() / letters
        least = arb(2)
        for s in range(length):
            for t in range(length):
                for k in range(1, letters):
                    if t != s:
                        least = least.min((s * theta).cos() - (k * omega + t * theta).cos())
        return least


def index_rivals(beta: arb, angle: Angle, length: int, offset: int) -> arb:
    with ctx.workprec(400):
        theta = angle.ball(400)
        distances = [t for t in range(-offset, length - offset) if t != 0]
        return sum(((-beta * (1 - (t * theta).cos())).exp() for t in distances), arb(0))


def worst_retrieval_rivals(beta: arb, letters: int, angle: Angle, length: int) -> arb:
    with ctx.workprec(400):
        theta, omega = angle.ball(400), 2 * arb.pi() / letters
        worst = arb(0)
        for s in range(length):
            for k in range(1, letters):
                leads = (
                    (s * theta).cos() - (k * omega + t * theta).cos()
                    for t in range(length)
                    if t != s
                )
                worst = worst.max(sum(((-beta * lead).exp() for lead in leads), arb(0)))
        return worst


@given(st.lists(st.tuples(radians, st.floats(0, 3)), min_size=1, max_size=3), st.integers(2, 30))
def test_floor_and_peak_of_index_are_minima_over_queries(
    planes: list[tuple[float, float]], length: int
) -> None:
    angles = [Angle.of_radians(theta) for theta, _ in planes]
    weights = [weight for _, weight in planes]

    def lead(query: int) -> float:
        rivals = [t for t in range(-query, length - query) if t != 0]
        return min(sum(r * (1 - math.cos(t * a)) for a, r in planes) for t in rivals)

    floor = predictors.index_floor(angles, weights, length)
    peak = predictors.index_peak(angles, weights, length)
    leads = [lead(query) for query in range(length)]
    assert abs(floor - min(leads)) < 1e-12
    assert abs(peak - max(leads)) < 1e-12


def test_index_has_a_floor_at_any_length() -> None:
    floor = predictors.index_floor([Angle.of_radians(0.0027)], [1], 10**100)
    assert 0 < floor < arb(10) ** -198


@given(radians, st.integers(2, 6), st.integers(2, 7))
def test_retrieval_floor_is_the_minimum_over_everything(
    theta: float, letters: int, length: int
) -> None:
    for angle in (Angle.of_radians(theta), Angle.of_radians(theta / 40)):
        fast = predictors.retrieval_floor(letters, angle, length)
        assert fast.overlaps(slow_retrieval_floor(letters, angle, length))
        assert fast.rad() < 1e-25


@pytest.mark.parametrize("letters", [2, 3, 8])
@pytest.mark.parametrize("length", [2, 3, 4, 9])
def test_retrieval_floor_where_the_closed_form_ends(letters: int, length: int) -> None:
    end = Fraction(1, 2 * letters * (length - 1))
    for turns in (end, end * Fraction(1001, 1000), end * Fraction(999, 1000), Fraction(0)):
        angle = Angle.of_turns(turns)
        fast = predictors.retrieval_floor(letters, angle, length)
        assert fast.overlaps(slow_retrieval_floor(letters, angle, length))


def closed_form(letters: int, theta: float, length: int, short: int) -> float:
    omega = 2 * math.pi / letters
    return math.cos((length - short - 1) * theta) - math.cos(omega - (length - short) * theta)


def test_the_published_retrieval_bound_is_off_by_one_and_so_are_its_neighbours() -> None:
    fast = predictors.retrieval_floor(8, Angle.of_radians(0.0027), 17)
    assert abs(fast - closed_form(8, 0.0027, 17, short=1)) < 1e-14
    for short in (0, 2):
        assert abs(fast - closed_form(8, 0.0027, 17, short)) > 1e-3


def test_retrieval_far_beyond_a_scan_has_its_closed_form() -> None:
    tiny = Angle.of_radians(Fraction(1, 10**60))
    assert 0 < predictors.retrieval_floor(8, tiny, 10**59) < 1


@given(slow, st.integers(0, 3))
def test_the_horizon_is_where_the_floor_changes_sign(plane: tuple[float, int], shift: int) -> None:
    theta, letters = plane
    assume(theta > 2 * math.pi / letters / 15)
    angle = Angle.of_radians(theta)
    horizon = predictors.retrieval_horizon(letters, angle)
    assert horizon is not None
    assert horizon < 2 or slow_retrieval_floor(letters, angle, horizon) > 0
    assert not slow_retrieval_floor(letters, angle, horizon + 1 + shift) > 0


def test_the_horizon_at_the_numbers_of_the_paper() -> None:
    angle = Angle.of_radians(0.0027)
    assert predictors.retrieval_horizon(8, angle) == 146
    assert predictors.retrieval_floor(8, angle, 146) > 0
    assert predictors.retrieval_floor(8, angle, 147) < 0


@pytest.mark.parametrize("length", [3, 10, 10**30])
def test_the_horizon_is_strict_where_both_sides_are_equal(length: int) -> None:
    letters = 7
    edge = Fraction(1, letters * (2 * length - 3))
    assert predictors.retrieval_horizon(letters, Angle.of_turns(edge)) == length - 1
    assert predictors.retrieval_horizon(letters, Angle.of_turns(edge * (1 - edge))) == length


def test_no_rotation_has_no_horizon() -> None:
    assert predictors.retrieval_horizon(8, Angle.of_radians(0)) is None
    assert predictors.retrieval_horizon(8, Angle.parse("pi")) == 1


def brackets(beta: arb, rivals: Callable[[arb], arb], allowance: int) -> bool:
    """Whether the rivals weigh more than allowed just below, and less just above."""
    low, high = beta * (1 - arb(2) ** -40), beta * (1 + arb(2) ** -40)
    return bool(rivals(low) > allowance and rivals(high) < allowance)


@settings(max_examples=50)
@given(radians, st.integers(5, 24), st.data())
def test_critical_beta_of_index_brackets_its_equation(
    theta: float, length: int, data: st.DataObject
) -> None:
    angle = Angle.of_radians(theta)
    offset = data.draw(st.integers(0, length - 1))
    beta = predictors.index_critical_beta(angle, length, offset)
    allowance = 1 if offset else 3
    assert beta.rel_accuracy_bits() >= 48
    assert brackets(beta, lambda b: index_rivals(b, angle, length, offset), allowance)


@pytest.mark.parametrize(("length", "offset", "theta"), [(5, 2, 1.2), (6, 0, 0.6), (7, 1, 0.9)])
def test_neighbours_of_the_equation_of_index_are_told_apart(
    length: int, offset: int, theta: float
) -> None:
    angle, allowance = Angle.of_radians(theta), 1 if offset else 3
    beta = predictors.index_critical_beta(angle, length, offset)

    def holds(length: int, offset: int, allowance: int) -> bool:
        return brackets(beta, lambda b: index_rivals(b, angle, length, offset), allowance)

    assert holds(length, offset, allowance)
    assert not holds(length + 1, offset, allowance)
    assert not holds(length - 1, offset, allowance)
    assert not holds(length, offset, 4 - allowance)
    assert offset == length // 2 or not holds(length, offset + 1, allowance)


@pytest.mark.parametrize(("length", "beta"), [(17, "11.758423886641"), (1025, "41803.8740775")])
def test_critical_beta_at_the_angle_of_the_length(length: int, beta: str) -> None:
    angle = Angle.of_turns(Fraction(1, length))
    for offset in (1, length // 2, length - 1):  # a whole turn: the distances are the same
        found = predictors.index_critical_beta(angle, length, offset)
        assert abs(found - arb(beta)) < arb("1e-7")


def test_critical_beta_grows_like_the_square_of_the_length() -> None:
    length = 4097
    beta = predictors.index_critical_beta(Angle.of_turns(Fraction(1, length)), length, 1)
    root = beta * 2 * arb.pi() ** 2 / length**2
    assert abs(root - 0.785409119) < 1e-6
    assert abs(root - arb.pi() / 4) > 1e-5


def test_index_without_a_finite_critical_beta() -> None:
    back = Angle.parse("2pi/5")  # the distance 5 looks like 0
    assert predictors.index_critical_beta(back, 17, 3) > 10**300
    assert predictors.index_critical_beta(back, 6, 0) < 10  # a letter may bear two such rivals
    assert predictors.index_critical_beta(back, 16, 0) > 10**300
    assert predictors.index_critical_beta(back, 2, 1) == 0
    assert predictors.index_critical_beta(back, 4, 0) == 0
    nearly = predictors.index_critical_beta(Angle.of_radians(2 * math.pi / 5), 17, 3)
    assert 10**20 < nearly < 10**40


@settings(max_examples=40)
@given(slow, st.integers(3, 7))
def test_critical_beta_of_retrieval_is_the_worst_over_targets_and_letters(
    plane: tuple[float, int], length: int
) -> None:
    theta, letters = plane
    angle = Angle.of_radians(theta)
    beta = predictors.retrieval_critical_beta(letters, angle, length)
    horizon = predictors.retrieval_horizon(letters, angle)
    if horizon is not None and length > horizon:
        assert beta > 10**300
    else:
        assert brackets(
            beta, lambda b: worst_retrieval_rivals(b, letters, angle, length), allowance=1
        )


def test_critical_beta_of_retrieval_without_rotation_is_a_logarithm() -> None:
    still = Angle.of_radians(0)
    for length in (2, 3, 100):
        beta = predictors.retrieval_critical_beta(8, still, length)
        with ctx.workprec(400):
            exact = arb(length - 1).log() / (1 - (arb.pi() / 4).cos())
        assert beta.overlaps(exact)


def test_critical_beta_of_retrieval_next_to_its_horizon_is_finite() -> None:
    edge = Fraction(1, 8 * 17) * (1 - Fraction(1, 10**60))
    angle = Angle.of_turns(edge)
    beta = predictors.retrieval_critical_beta(8, angle, 10)
    assert 1000 < beta < 10_000
    assert brackets(beta, lambda b: worst_retrieval_rivals(b, 8, angle, 10), allowance=1)


def test_softmax_bounds_hold_the_exact_value() -> None:
    with ctx.workprec(300):
        weight = 1 / (1 + 4 * (arb(-2) / 3).exp())
        share = arb(2).exp() / (6 + arb(2).exp())
    assert predictors.softmax_weight_bounds(arb(fmpq(1, 3)), 5, arb(2)).overlaps(weight)
    assert predictors.dispersion_bound(arb(2), 7).overlaps(share)
    assert predictors.dispersion_bound(arb(0), 7).overlaps(arb(fmpq(1, 7)))
    assert not predictors.dispersion_bound(arb(2), 8).overlaps(share)
    wide = predictors.softmax_weight_bounds(arb(1, 0.5), 5, arb(2))
    for lead in (0.5, 1.0, 1.5):
        assert wide.contains(predictors.softmax_weight_bounds(arb(lead), 5, arb(2)).mid())


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=8), st.floats(0, 5))
def test_softmax_bounds_bound_a_softmax(logits: list[float], beta: float) -> None:
    total = sum(math.exp(beta * x) for x in logits)
    first, largest = math.exp(beta * logits[0]) / total, math.exp(beta * max(logits)) / total
    lead = min((logits[0] - x for x in logits[1:]), default=0.0)
    width = beta * (max(logits) - min(logits))
    size = len(logits)
    assert predictors.softmax_weight_bounds(arb(lead), size, arb(beta)) <= first + 1e-12
    assert predictors.dispersion_bound(arb(width), size) >= largest - 1e-12


still = Angle.of_radians(1)
BAD: dict[str, Callable[[], object]] = {
    "one token": lambda: predictors.index_floor([still], [1], 1),
    "one token, peak": lambda: predictors.index_peak([still], [1], 1),
    "too long to scan": lambda: predictors.index_floor([still, Angle.of_radians(2)], [1, 1], 10**9),
    "one letter": lambda: predictors.retrieval_floor(1, still, 5),
    "one letter, horizon": lambda: predictors.retrieval_horizon(1, still),
    "one token, retrieval": lambda: predictors.retrieval_floor(8, still, 1),
    "too long to compare": lambda: predictors.retrieval_floor(8, still, 10**6),
    "more than half a turn": lambda: predictors.retrieval_horizon(8, Angle.of_radians(4)),
    "offset": lambda: predictors.index_critical_beta(still, 5, 5),
    "negative offset": lambda: predictors.index_critical_beta(still, 5, -1),
    "too long to add": lambda: predictors.index_critical_beta(still, 10**6, 1),
    "too long, retrieval": lambda: predictors.retrieval_critical_beta(8, still, 10**6),
    "negative beta": lambda: predictors.softmax_weight_bounds(arb(1), 5, arb(-1)),
    "NaN beta": lambda: predictors.softmax_weight_bounds(arb(1), 5, arb.nan()),
    "no position": lambda: predictors.softmax_weight_bounds(arb(1), 0, arb(1)),
    "negative width": lambda: predictors.dispersion_bound(arb(-1), 5),
    "no position, width": lambda: predictors.dispersion_bound(arb(1), 0),
}


@pytest.mark.parametrize("name", BAD)
def test_unusable_questions_are_refused(name: str) -> None:
    with pytest.raises(Refusal, match=r": "):
        BAD[name]()


def test_every_predictor_names_a_sentence_of_the_ledger() -> None:
    names = {theorem.name for theorem in ledger.all_theorems()}
    public = [
        f
        for n, f in inspect.getmembers(predictors, inspect.isfunction)
        if f.__module__ == predictors.__name__ and not n.startswith("_")
    ]
    for predictor in public:
        named = set(re.findall(r"``(\w+)``", predictor.__doc__ or ""))
        assert named & names, predictor.__name__
