"""The place where a function comes down to a level is the one that bisection alone finds."""

from collections.abc import Callable

import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from theory.engines import bisection

rates = st.lists(st.floats(1e-9, 1e6), min_size=1, max_size=12)


def sum_of_exponentials(rates: list[float], calls: list[arb]) -> Callable[[arb], arb]:
    def total(x: arb) -> arb:
        calls.append(x)
        return sum(((-x * arb(rate)).exp() for rate in rates), arb(0))

    return total


def by_bisection(function: Callable[[arb], arb]) -> arb:
    low, high = arb(0), arb(1)
    with ctx.workprec(bisection.BITS):
        while function(high) > 1:
            low, high = high, 2 * high
        return bisection.bisected(function, 1, low, high)


def crossing(rates: list[float]) -> tuple[arb, int]:
    calls: list[arb] = []
    ball = bisection.crossing(lambda bits: sum_of_exponentials([0.5, *rates], calls), 1)
    return ball, len(calls)


@given(rates)
def test_bisection_alone_finds_the_same(rates: list[float]) -> None:
    ball, calls = crossing(rates)
    assert ball.overlaps(by_bisection(sum_of_exponentials([0.5, *rates], [])))
    assert ball.rel_accuracy_bits() >= bisection.ACCURACY
    assert calls < 50


def test_the_place_is_known_where_it_has_a_formula() -> None:
    ball, calls = crossing([0.5])
    assert ball.overlaps(2 * arb(2).log())
    assert calls < 16


@pytest.mark.parametrize("wrong", [arb(0), arb(1e-9), arb(1.3), arb("nan"), arb(1e300)])
def test_nobody_relies_on_the_secant_method(wrong: arb, monkeypatch: pytest.MonkeyPatch) -> None:
    right, few = crossing([0.5, 2.0])
    monkeypatch.setattr(bisection, "_secant", lambda *arguments: wrong)
    ball, many = crossing([0.5, 2.0])
    assert ball.overlaps(right)
    assert ball.rel_accuracy_bits() >= bisection.ACCURACY
    assert many > 90 > few


def test_ends_that_are_not_compared_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes the secant method at its word is wrong where it is."""
    monkeypatch.setattr(bisection, "_secant", lambda *arguments: arb(1.3))
    monkeypatch.setattr(bisection, "bisected", lambda function, level, low, high: arb(1.3))
    assert not crossing([0.5])[0].overlaps(2 * arb(2).log())
