"""Products of rows with errors and a matrix hold what they stand for, at all scales."""

import numpy as np
import pytest
from flint import arb, ctx

from empirical.recheck.near import Near
from empirical.recheck.near import _product as product


def one_by_one(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The slow twin: one column of the rows after the other."""
    total: np.ndarray = rows[..., 0, None] * matrix[0]
    for column in range(1, matrix.shape[0]):
        total = total + rows[..., column, None] * matrix[column]
    return total


@pytest.mark.parametrize("scale", [2.0**-300, 2.0**-60, 1.0, 2.0**60, 2.0**300])
@pytest.mark.parametrize("shape", [(5, 7), (3, 4, 33), (1, 64)])
def test_a_product_is_off_by_less_than_it_says(scale: float, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(7)
    width = shape[-1]
    spread = 2.0 ** rng.integers(-40, 40, size=(width, 6))
    matrix = rng.normal(size=(width, 6)) * spread
    values = rng.normal(size=shape) * scale
    near = Near(values, np.abs(values) * 2.0**-45)
    computed = near.times(matrix)
    off = np.abs(one_by_one(values, matrix) - computed.values)
    rounding = 2 * (width + 2) * 2.0**-53 * one_by_one(np.abs(values), np.abs(matrix))
    assert (off <= rounding).all()
    moved = values + rng.choice([-1.0, 1.0], size=shape) * near.error
    ctx.prec = 400
    flat, errors = computed.values.reshape(-1, 6), computed.error.reshape(-1, 6)
    for row, (row_values, error) in enumerate(zip(flat, errors, strict=True)):
        for column in range(6):
            numbers = moved.reshape(-1, width)[row]
            exact = sum(
                (
                    arb(x) * arb(y)
                    for x, y in zip(numbers.tolist(), matrix[:, column].tolist(), strict=True)
                ),
                arb(0),
            )
            assert abs(exact - arb(float(row_values[column]))) <= arb(float(error[column]))


def test_the_error_said_is_not_far_above_what_can_be() -> None:
    """A sum of equal terms, each as far off as it may be."""
    near = Near(np.ones((1, 64)), np.full((1, 64), 2.0**-30))
    error = near.times(np.ones((64, 1))).error
    assert 64 * 2.0**-30 <= error.item() <= 64 * 2.0**-30 * (1 + 2.0**-10)


@pytest.mark.parametrize("scale", [2.0**-400, 1.0, 2.0**400])
def test_the_error_is_not_below_what_the_errors_of_a_row_can_add_up_to(scale: float) -> None:
    """Errors that a row and a column share out in the same way reach the bound."""
    rng = np.random.default_rng(3)
    errors, matrix = rng.random((9, 50)) * scale, rng.random((50, 10))
    matrix[:, 9] = errors[0] / scale
    ctx.prec = 200
    bound = Near(np.zeros_like(errors), errors).times(matrix).error
    for row in range(9):
        for column in range(10):
            numbers = zip(errors[row].tolist(), matrix[:, column].tolist(), strict=True)
            exact = sum((arb(x) * arb(y) for x, y in numbers), arb(0))
            assert arb(float(bound[row, column])) >= exact
    reached = float(np.abs(errors[0] / scale) @ matrix[:, 9]) * scale
    assert reached <= bound[0, 9] <= reached * (1 + 2.0**-20)


@pytest.mark.parametrize("scale", [2.0**-300, 1.0, 2.0**300])
def test_rounding_of_a_product_of_floats_is_in_its_error(scale: float) -> None:
    rng = np.random.default_rng(11)
    rows, matrix = rng.normal(size=(20, 64)) * scale, rng.normal(size=(64, 8))
    product = Near.exact(rows).times(matrix)
    ctx.prec = 400
    off = []
    for row, column in np.ndindex(product.values.shape):
        numbers = zip(rows[row].tolist(), matrix[:, column].tolist(), strict=True)
        exact = sum((arb(x) * arb(y) for x, y in numbers), arb(0))
        off.append(abs(exact - arb(float(product.values[row, column]))))
        assert off[-1] <= arb(float(product.error[row, column]))
    assert sum(bool(gap > 0) for gap in off) > len(off) / 2  # there is rounding to be bounded


def test_what_overflows_is_no_bound() -> None:
    with np.errstate(all="ignore"):
        overflowed = product(np.full((1, 2), 1e300), np.full((1, 2), 1e300))
        assert not np.isfinite(overflowed).any()
