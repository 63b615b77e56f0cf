"""Every construction tells its exact critical temperature, and the input that shows it."""

import math

import pytest

from constructions.catalogue import catalogue
from tests.constructions.comparison import mismatches

ABOVE, BELOW = 1 + 1e-9, 1 - 1e-9


@pytest.mark.parametrize("length", [5, 17, 40])
@pytest.mark.parametrize("name", catalogue())
def test_hardest_input_is_wrong_just_below_and_right_just_above(name: str, length: int) -> None:
    construction = catalogue()[name].for_length(length)
    hardest = construction.hardest_input(length).tolist()
    assert len(hardest) == length
    assert mismatches(construction, [hardest], math.inf) == 0
    certified, failing = construction.certified_beta(length), construction.failing_beta(length)
    assert certified.is_finite()
    assert failing >= 0
    assert not failing > certified
    beta = float(certified.mid())
    assert mismatches(construction, [hardest], beta * ABOVE or 1e-3) == 0
    if failing > 0:
        assert mismatches(construction, [hardest], float(failing.mid()) * BELOW) > 0
