"""Softmax is right exactly above a critical inverse temperature: both sides, 1e-9 away."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from constructions.index import Index
from constructions.retrieval import Retrieval
from tests.constructions import strategies
from tests.constructions.comparison import all_inputs, mismatches
from tests.constructions.thresholds import (
    INTEGER_ALLOWANCE,
    LETTER_ALLOWANCE,
    critical_beta,
    index_input,
    index_rivals,
    letter_input,
    retrieval_input,
    retrieval_rivals,
)

ABOVE, BELOW = 1 + 1e-9, 1 - 1e-9


def integer_beta(length: int, jump: int, angle: float) -> float:
    return critical_beta(
        partial(index_rivals, length=length, jump=jump, angle=angle), INTEGER_ALLOWANCE
    )


def letter_beta(length: int, angle: float) -> float:
    return critical_beta(
        partial(index_rivals, length=length, jump=0, angle=angle), LETTER_ALLOWANCE
    )


def index_beta(construction: Index, length: int) -> float:
    """The largest over all queries; all of it comes from the last position."""
    jumps = range(min(length, construction.integers))
    hardest = max(integer_beta(length, jump, construction.angle) for jump in jumps)
    return max(hardest, letter_beta(length, construction.angle))


def retrieval_beta(
    length: int, letters: int, angle: float, distance: int, difference: int
) -> float:
    rivals = partial(
        retrieval_rivals,
        length=length,
        letters=letters,
        angle=angle,
        distance=distance,
        difference=difference,
    )
    return critical_beta(rivals, allowance=1.0)


def hardest_retrieval(length: int, letters: int, angle: float) -> tuple[float, int, int]:
    """The largest critical value with its target distance and letter difference."""
    return max(
        (retrieval_beta(length, letters, angle, distance, difference), distance, difference)
        for distance in range(length)
        for difference in range(1, letters)
    )


@pytest.mark.parametrize(
    ("length", "jump", "angle"),
    [
        (3, 1, 2 * math.pi / 3),
        (5, 4, 2 * math.pi / 5),
        (17, 8, 2 * math.pi / 17),
        (17, 8, 2 * math.pi / 9.5),
        (17, 3, 0.2738),
        (40, 1, 1.0),
        (64, 15, 2 * math.pi / 64),
    ],
)
def test_index_fails_just_below_its_integer_condition(length: int, jump: int, angle: float) -> None:
    construction = Index(letters=2, integers=16, angle=angle)
    beta = integer_beta(length, jump, angle)
    worst = index_input(length, letters=2, jump=jump)
    assert mismatches(construction, [worst], beta * BELOW) > 0
    assert construction.run(np.array(worst), beta * ABOVE)[-1] == 0


@pytest.mark.parametrize(
    ("length", "angle"), [(5, 2 * math.pi / 5), (17, 2 * math.pi / 17), (40, 1.0), (64, 0.05)]
)
def test_index_fails_just_below_its_letter_condition(length: int, angle: float) -> None:
    construction = Index(letters=2, integers=1, angle=angle)
    beta = letter_beta(length, angle)
    assert mismatches(construction, [letter_input(length)], beta * BELOW) > 0
    assert mismatches(construction, [letter_input(length)], beta * ABOVE) == 0


@pytest.mark.parametrize(("length", "angle"), [(3, 2.0), (4, 2 * math.pi / 4), (4, 0.6)])
def test_index_is_right_on_every_input_just_above_its_conditions(length: int, angle: float) -> None:
    construction = Index(letters=2, integers=length, angle=angle)
    beta = index_beta(construction, length)
    assert mismatches(construction, all_inputs(construction, length), beta * ABOVE) == 0
    assert mismatches(construction, all_inputs(construction, length), beta * BELOW) > 0


@given(strategies.index())
def test_index_is_right_on_long_inputs_just_above_its_conditions(
    case: tuple[Index, list[int]],
) -> None:
    construction, tokens = case
    assume(len(tokens) > 2)  # two positions have one rival: any temperature is right
    beta = index_beta(construction, len(tokens))
    assert mismatches(construction, [tokens], beta * ABOVE) == 0


@pytest.mark.parametrize(
    ("length", "letters", "share"),
    [(3, 4, 0.5), (4, 3, 0.0), (5, 2, 0.5), (17, 8, 0.25), (17, 8, 0.8), (64, 8, 0.5)],
)
def test_retrieval_fails_just_below_its_condition(length: int, letters: int, share: float) -> None:
    angle = share * (2 * math.pi / letters) / (2 * length - 3)
    construction = Retrieval(letters, 1, angle)
    beta, distance, difference = hardest_retrieval(length, letters, angle)
    worst = retrieval_input(length, letters, distance, difference)
    assert mismatches(construction, [worst], beta * BELOW) > 0
    assert mismatches(construction, [worst], beta * ABOVE) == 0


@pytest.mark.parametrize(("length", "letters", "share"), [(3, 3, 0.5), (4, 2, 0.8), (3, 2, 0.0)])
def test_retrieval_is_right_on_every_proper_input_just_above_its_condition(
    length: int, letters: int, share: float
) -> None:
    angle = share * (2 * math.pi / letters) / (2 * length - 3)
    construction = Retrieval(letters, 1, angle)
    beta, _, _ = hardest_retrieval(length, letters, angle)
    assert mismatches(construction, all_inputs(construction, length), beta * ABOVE) == 0
    assert mismatches(construction, all_inputs(construction, length), beta * BELOW) > 0


@given(length=st.integers(3, 64), letters=st.integers(2, 12))
def test_retrieval_without_position_pays_the_logarithm_of_the_length(
    length: int, letters: int
) -> None:
    beta = retrieval_beta(length, letters, angle=0.0, distance=0, difference=1)
    exact = math.log(length - 1) / (1 - math.cos(2 * math.pi / letters))
    assert beta == pytest.approx(exact, rel=1e-12)


def gaussian_rivals(x: float) -> float:
    """The limit of the rivals of Index at ``angle = 2π/n`` and ``beta = x n² / (2π²)``."""
    return sum(2 * math.exp(-x * t * t) for t in range(1, 40))


@pytest.mark.parametrize("length", [65, 257, 1025])
def test_index_pays_the_square_of_the_length(length: int) -> None:
    beta = integer_beta(length, jump=1, angle=2 * math.pi / length)
    limit = critical_beta(gaussian_rivals, INTEGER_ALLOWANCE) / (2 * math.pi**2)
    assert beta / length**2 == pytest.approx(limit, rel=7 / length**2)


def test_constant_of_index_is_near_but_not_one_over_eight_pi() -> None:
    root = critical_beta(gaussian_rivals, INTEGER_ALLOWANCE)
    excess = root / (math.pi / 4) - 1
    assert excess == pytest.approx(4 * math.exp(-4 * math.pi), rel=1e-3)
