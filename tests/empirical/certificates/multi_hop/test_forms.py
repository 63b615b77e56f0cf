"""Bounds on rounding, against balls, over all scales."""

import numpy as np
import pytest
from flint import arb, arb_mat, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical.certificates.multi_hop.forms import (
    LinearForms,
    exp_above,
    exp_below,
    norm_above,
    norm_below,
    quotient_above,
    sum_above,
)
from empirical.certificates.multi_hop.gelu import LEAST, TURNING, gelu_range

SCALES = st.integers(-300, 300)


def rows(seed: int, scale: int, shape: tuple[int, int]) -> np.ndarray:
    """Numbers that cancel in sums, in some unit."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=shape) * 2.0 ** rng.integers(-30, 30, shape)
    numbers[:, ::2] = np.round(numbers[:, ::2])
    return np.asarray(np.ldexp(numbers, scale))


def balls(matrix: np.ndarray) -> arb_mat:
    return arb_mat([[arb(x) for x in row] for row in matrix.tolist()])


@settings(max_examples=40)
@given(st.integers(0, 2**32), SCALES, SCALES, SCALES)
@np.errstate(over="ignore", invalid="ignore")  # infinite bounds, and then no numbers, hold nothing
def test_forms_are_within_their_error(seed: int, one: int, two: int, three: int) -> None:
    values, matrix = rows(seed, one, (3, 5)), rows(seed + 1, two, (5, 4))
    gain, points = rows(seed + 2, three, (1, 4))[0], rows(seed + 3, 0, (6, 4))
    forms = LinearForms.exact(values).times(matrix).scaled(gain).centred()
    with ctx.workprec(600):
        meant = (balls(values) * balls(matrix)).tolist()
        meant = [[x * arb(g) for x, g in zip(row, gain.tolist(), strict=True)] for row in meant]
        meant = [[x - sum(row, arb(0)) / 4 for x in row] for row in meant]
        for row, held, error in zip(meant, forms.values.tolist(), forms.error, strict=True):
            apart = sum(((x - arb(y)) ** 2 for x, y in zip(row, held, strict=True)), arb(0)).sqrt()
            assert not apart > float(error)
        reached = (arb_mat(meant) * balls(points).transpose()).tolist()
        for exact, bound in zip(reached, forms.highest(points).tolist(), strict=True):
            assert not any(x > y for x, y in zip(exact, bound, strict=True))
        squares = [sum((row[k] ** 2 for row in reached), arb(0)).sqrt() for k in range(6)]
        assert not any(x > y for x, y in zip(squares, forms.lengths(points).tolist(), strict=True))


@given(st.integers(0, 2**32), SCALES)
def test_norms_sums_and_quotients(seed: int, scale: int) -> None:
    numbers = rows(seed, scale, (4, 7))
    with ctx.workprec(600):
        exact = [sum((arb(x) ** 2 for x in row), arb(0)).sqrt() for row in numbers.tolist()]
        above, below = norm_above(numbers).tolist(), norm_below(numbers).tolist()
        assert not any(x > y for x, y in zip(exact, above, strict=True))
        assert not any(x < y for x, y in zip(exact, below, strict=True))
        total = [sum(map(arb, column), arb(0)) for column in numbers.T.tolist()]
        sums = sum_above(*numbers).tolist()
        assert not any(x > y for x, y in zip(total, sums, strict=True))
        low, high = np.abs(numbers[1]) + 1, np.abs(numbers[1]) + 2
        quotients = quotient_above(numbers[0], low, high).tolist()
        for divisors in (low.tolist(), high.tolist()):
            for number, by, bound in zip(numbers[0].tolist(), divisors, quotients, strict=True):
                assert not arb(number) / arb(by) > bound


@given(st.lists(st.floats(-900, 0), min_size=1, max_size=20))
def test_powers_lie_between(exponents: list[float]) -> None:
    above, below = (f(np.array(exponents)).tolist() for f in (exp_above, exp_below))
    for x, low, high in zip(exponents, below, above, strict=True):
        assert not arb(x).exp() > high
        assert not arb(x).exp() < low


def gelu(x: arb) -> arb:
    return x / 2 * (1 + ((2 / arb.pi()).sqrt() * (x + arb("0.044715") * x**3)).tanh())


@given(st.floats(-40, 40), st.floats(0, 50), st.floats(0, 1))
def test_gelu_stays_in_its_range(low: float, size: float, share: float) -> None:
    high = low + size
    inside = min(max(low + share * size, low), high)
    least, most = gelu_range(np.array([low]), np.array([high]))
    with ctx.workprec(300):
        for x in (low, high, inside):
            assert not gelu(arb(x)) < float(least[0])
            assert not gelu(arb(x)) > float(most[0])


def test_gelu_turns_where_it_is_said_to() -> None:
    with ctx.workprec(200):
        around = arb(sum(TURNING) / 2, (TURNING[1] - TURNING[0]) / 2)
        assert gelu(around) > LEAST - 1e-3
        slopes = [gelu(arb(x) + 1e-9) - gelu(arb(x)) for x in TURNING]
        assert slopes[0] < 0 < slopes[1]
        grid = [gelu(arb(TURNING[0] + k * 1e-6)) for k in range(101)]
        assert min(float(x.mid()) for x in grid) > LEAST
        assert min(float(x.mid()) for x in grid) == pytest.approx(LEAST, abs=1e-7)
