"""Every construction tells its exact critical temperature, and the input that shows it."""

import math

import pytest

from constructions.catalogue import every_construction
from constructions.construction import Network
from constructions.index import Index
from constructions.induction import Induction
from constructions.previous_token import PreviousToken
from constructions.retrieval import Retrieval
from tests.constructions.comparison import all_inputs, mismatches

ABOVE, BELOW = 1 + 1e-9, 1 - 1e-9
TINY = [
    (Index(2, 4, 2 * math.pi / 4), 4),
    (Retrieval(2, 1, 0.2), 4),
    (PreviousToken(2, (1.0, 0.1)), 7),
    (Induction(3, 2 * math.pi / 5, gain=100.0), 5),
    (Induction(3, 2 * math.pi / 5, gain=100.0, recency=0.2), 5),
]


@pytest.mark.parametrize("length", [5, 17, 40])
@pytest.mark.parametrize("name", every_construction())
def test_hardest_input_is_wrong_just_below_and_right_just_above(name: str, length: int) -> None:
    construction = every_construction()[name].for_length(length)
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


@pytest.mark.parametrize(("network", "length"), TINY)
def test_every_input_is_right_just_above_and_the_witness_wrong_just_below(
    network: Network, length: int
) -> None:
    beta = float(network.certified_beta(length).mid())
    inputs = all_inputs(network, length)  # shorter ones are their beginnings
    assert mismatches(network, inputs, beta * ABOVE) == 0
    assert mismatches(network, [network.hardest_input(length).tolist()], beta * BELOW) > 0
