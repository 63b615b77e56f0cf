"""Arrays of another shape than stated fail the test that passes them."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import beartype
import numpy as np
import pytest
from hypothesis import settings
from jaxtyping import Float64, TypeCheckError

from constructions.attention import HeadWeights
from empirical.certificates.arithmetic import rounding
from empirical.scores.content_position import ContentPositionLogits
from tests import shape_checks

Pair = Float64[np.ndarray, "2"]

GOOD, BAD = np.zeros(2), np.zeros(3)

Function = TypeVar("Function", bound=Callable[..., object])


def checking(function: Function) -> Function:
    return shape_checks.checking(function, beartype.beartype)


@checking
def same(pair: Pair) -> Pair:
    return pair


@checking
def longer(pair: Pair) -> Pair:
    return np.zeros(len(pair) + 1)


@checking
def in_lists(pairs: list[Pair] | None) -> int:
    return len(pairs or [])


def test_arguments_and_results_are_checked() -> None:
    same(GOOD)
    in_lists([GOOD])
    for fails in (lambda: same(BAD), lambda: longer(GOOD), lambda: in_lists([BAD])):
        with pytest.raises(TypeCheckError):
            fails()


def plain(number: int, numbers: list[float]) -> str:
    return f"{number} {numbers}"


def test_other_functions_are_left_as_they_are() -> None:
    def inside_another(pair: Pair) -> Pair:
        return pair

    for function in (plain, inside_another):
        assert checking(function) is function


@pytest.fixture(params=["ci", "deep"])
def profile(request: pytest.FixtureRequest) -> Iterator[str]:
    before = settings.get_current_profile_name()
    settings.load_profile(request.param)
    yield request.param
    settings.load_profile(before)


def test_many_calls_are_checked_at_first_and_then_at_times(profile: str) -> None:
    expected = [*range(1, 65)] if profile == "deep" else [*range(1, 17), 32, 48, 64]
    for _ in range(2):  # the second time as in the next test
        shape_checks.begin_test()
        failing = []
        for call in range(1, 65):
            try:
                same(BAD)
            except TypeCheckError:
                failing.append(call)
        assert failing == expected


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: rounding.exp_parts(np.zeros(2, int)),
        lambda: HeadWeights(np.zeros((1, 1)), *4 * [np.zeros((2, 2))]),
        lambda: ContentPositionLogits.of(None, np.zeros((2, 2))),  # type: ignore[arg-type]
    ],
    ids=["function", "dataclass", "method"],
)
def test_the_modules_under_test_are_checked(wrong: Callable[[], object]) -> None:
    with pytest.raises(TypeCheckError):
        wrong()
