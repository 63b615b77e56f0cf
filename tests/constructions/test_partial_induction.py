"""Partial induction: the last match wins while the slow plane stays slow enough."""

import math

import pytest

from constructions.partial_induction import PartialInduction
from tests.constructions.comparison import all_inputs, mismatches

CASES = [(2, 3), (3, 3), (4, 2)]


@pytest.mark.parametrize(("letters", "length"), CASES)
def test_published_angle_is_right_and_so_is_one_just_above(letters: int, length: int) -> None:
    published = 2 * math.pi / (length * letters)
    for share in (0.5, 1.0, 1 + 1e-6):
        construction = PartialInduction(letters, 1, published * share)
        assert mismatches(construction, all_inputs(construction, length)) == 0


@pytest.mark.parametrize(("letters", "length"), [(3, 3), (4, 2), (8, 33), (5, 64)])
def test_exact_limit_of_the_angle_from_both_sides(letters: int, length: int) -> None:
    limit = (2 * math.pi / letters) / (length - 1)
    rival, match = (letters - 1) * letters, letters**2
    worst = [match, *([rival] * (length - 1))]
    below = PartialInduction(letters, 1, limit * (1 - 1e-6))
    assert mismatches(below, [worst]) == 0
    assert below.certified_beta(length).is_finite()
    for excess in (1e-6, 0.1, 0.7):
        above = PartialInduction(letters, 1, min(limit * (1 + excess), math.pi))
        assert mismatches(above, [above.hardest_input(length).tolist()]) > 0
        assert not above.certified_beta(length).is_finite()


@pytest.mark.parametrize(("letters", "length"), CASES)
def test_every_input_is_right_exactly_above_the_critical_temperature(
    letters: int, length: int
) -> None:
    for share in (0.3, 0.9):
        angle = share * (2 * math.pi / letters) / (length - 1)
        construction = PartialInduction(letters, 1, angle)
        beta = float(construction.certified_beta(length).mid())
        if beta > 0:
            inputs = list(all_inputs(construction, length))
            assert mismatches(construction, inputs, beta * (1 + 1e-9)) == 0
            assert mismatches(construction, inputs, beta * (1 - 1e-9)) > 0
