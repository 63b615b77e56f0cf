"""Retrieval is right on every proper input of length n exactly if (2n − 3)·angle < ω."""

import math

import pytest

from constructions.retrieval import Retrieval
from tests.constructions.comparison import all_inputs, mismatches
from tests.constructions.thresholds import retrieval_input


def failures_of_worst_input(letters: int, length: int, angle: float) -> int:
    """The target as far as can be, the nearest letter below it one step closer."""
    tokens = retrieval_input(length, letters, distance=length - 1, difference=-1)
    return mismatches(Retrieval(letters, 1, angle), [tokens])


@pytest.mark.parametrize(("letters", "length"), [(2, 4), (3, 3), (5, 2)])
def test_horizon_is_sharp_on_every_proper_input(letters: int, length: int) -> None:
    horizon = (2 * math.pi / letters) / (2 * length - 3)
    below = Retrieval(letters, 1, horizon * (1 - 1e-6))
    assert mismatches(below, all_inputs(below, length)) == 0
    assert failures_of_worst_input(letters, length, horizon * (1 - 1e-6)) == 0
    assert failures_of_worst_input(letters, length, horizon * (1 + 1e-6)) > 0


@pytest.mark.parametrize(("letters", "length"), [(2, 2), (2, 3), (3, 3), (4, 2)])
def test_horizon_decides_every_angle_up_to_a_half_turn(letters: int, length: int) -> None:
    for step in range(6):
        angle = step * math.pi / 5.3
        construction = Retrieval(letters, 1, angle)
        right = mismatches(construction, all_inputs(construction, length)) == 0
        assert right == ((2 * length - 3) * angle < 2 * math.pi / letters)


def test_horizon_at_the_published_numbers_is_146() -> None:
    assert failures_of_worst_input(letters=8, length=146, angle=0.0027) == 0
    assert failures_of_worst_input(letters=8, length=147, angle=0.0027) > 0
