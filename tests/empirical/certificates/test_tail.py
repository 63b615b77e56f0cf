"""The bound of a sum's tail, against every outcome counted exactly."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from empirical.certificates.accuracy import tail_probability
from empirical.certificates.accuracy.tail_probability import (
    IndependentSum,
    chance_at_most_zero,
    turned,
)

small = st.integers(-12, 12).map(lambda k: k / 4) | st.floats(-3, 3, allow_subnormal=False)


@st.composite
def numbers(draw: st.DrawFn) -> tuple[list[list[float]], list[float], list[bool], float]:
    positions, atoms = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    rows = [[draw(small) for _ in range(atoms)] for _ in range(positions)]
    placed = [draw(small) for _ in range(positions)]
    slots = [draw(st.booleans()) for _ in range(positions)]
    slots[draw(st.integers(0, positions - 1))] = True
    return rows, placed, slots, draw(small)


def exact(law: IndependentSum) -> Fraction:
    """The probability, outcome by outcome."""
    chances = []
    for slot in np.flatnonzero(law.slots).tolist():
        rows = [[Fraction(x) for x in row] for row in law.free.tolist()]
        rows[slot] = [Fraction(float(law.placed[slot]))]
        sums = [Fraction(law.constant) + sum(atoms) for atoms in product(*rows)]
        chances.append(Fraction(sum(s <= 0 for s in sums), len(sums)))
    return sum(chances, Fraction(0)) / len(chances)


def law_of(made: tuple[list[list[float]], list[float], list[bool], float]) -> IndependentSum:
    rows, placed, slots, constant = made
    return IndependentSum(constant, np.array(rows), np.array(placed), np.array(slots))


@given(numbers())
def test_every_outcome_counted(
    made: tuple[list[list[float]], list[float], list[bool], float],
) -> None:
    law = law_of(made)
    opposite = IndependentSum(-law.constant, -law.free, -law.placed, law.slots)
    at_most = exact(law)
    assert chance_at_most_zero(law) >= at_most
    at_least = exact(opposite)
    assert 1 - chance_at_most_zero(opposite) <= 1 - at_least <= at_most
    shifted = IndependentSum(law.constant - 0.2, law.free, law.placed, law.slots)
    assert chance_at_most_zero(law) <= float(exact(shifted)) + 0.01


def test_the_majorant_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    law = IndependentSum(
        0.0, np.array([[0.0, 1.0], [0.0, 3.0]]), np.zeros(2), np.array([False, True])
    )
    assert chance_at_most_zero(law) >= exact(law) == Fraction(1, 2)
    odd, even = tail_probability._coefficients()  # even: how far the majorant is above
    monkeypatch.setattr(tail_probability, "_coefficients", lambda: (odd, even * 0))
    assert chance_at_most_zero(law) < exact(law)


def test_many_positions_against_a_binomial() -> None:
    """Two hundred fair steps: the number of them is known exactly."""
    steps = 200
    for needed in (80, 90, 100):
        free = np.tile([0.0, 1.0], (steps, 1))
        law = IndependentSum(-needed - 0.5, free, np.zeros(steps), np.arange(steps) == 0)
        row = [Fraction(1)]
        for _ in range(steps - 1):
            row = [a + b for a, b in zip([*row, Fraction(0)], [Fraction(0), *row], strict=True)]
        chance = float(sum(row[: needed + 1]) / Fraction(2) ** (steps - 1))
        assert chance <= chance_at_most_zero(law) <= chance + 1e-3


def test_places_where_the_known_term_weighs_more_widen_no_window_but_their_own() -> None:
    rng = np.random.default_rng(0)
    free = rng.normal(0, 1, (5, 4))
    placed = np.array([8.0, 6.0, 1e6, 3e6, 2e9])
    law = IndependentSum(0.0, free, placed, np.ones(5, dtype=bool))
    assert exact(law) <= chance_at_most_zero(law) <= exact(law) + 0.01
    assert tail_probability._in_one_window(law, tail_probability.MISSED) > exact(law) + 0.2


def test_characteristic_function_against_its_definition() -> None:
    rng = np.random.default_rng(0)
    for positions, atoms in ((1, 3), (5, 4), (30, 7)):
        turns = (
            np.floor(rng.normal(size=(positions, atoms)) / 16 / tail_probability.GRID)
            * tail_probability.GRID
        )
        placed = (
            np.floor(rng.normal(size=positions) / 16 / tail_probability.GRID)
            * tail_probability.GRID
        )
        slots = rng.random(positions) < 0.5
        slots[0] = True
        computed = tail_probability._characteristic(turns, placed, slots, 0.125)
        for k in range(1, tail_probability.DEGREE + 1, 13):
            factors = np.exp(2j * np.pi * k * turns).mean(axis=1)
            own = np.exp(2j * np.pi * k * placed)
            ways = [own[s] * np.delete(factors, s).prod() for s in np.flatnonzero(slots)]
            wanted = np.mean(ways) * np.exp(2j * np.pi * k * 0.125)
            assert abs(computed[k - 1] - wanted) < 2 * tail_probability.MISSED


def test_turned_to_sixteen_units() -> None:
    rng = np.random.default_rng(0)
    turns = np.concatenate([rng.uniform(-3, 3, 500), np.arange(-16, 17) / 8, [0.0, 1e-300]])
    for turn, point in zip(turns.tolist(), turned(turns).tolist(), strict=True):
        sin, cos = (arb(turn) * 2).sin_cos_pi()
        assert abs(arb(point.real) - cos) < 16 * 2.0**-53
        assert abs(arb(point.imag) - sin) < 16 * 2.0**-53
