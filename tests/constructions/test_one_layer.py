"""Previous token, absolute index and information retrieval, on every input of tiny sizes."""

import math
from fractions import Fraction

import numpy as np
import pytest

from constructions import attention
from constructions.absolute_index import AbsoluteIndex
from constructions.construction import Network
from constructions.information_retrieval import InformationRetrieval
from constructions.ladder import rope_ladder
from constructions.previous_token import PreviousToken, previous_token_beta
from tests.constructions.comparison import all_inputs, mismatches
from tests.constructions.thresholds import critical_beta

TINY: list[tuple[Network, int]] = [
    (PreviousToken(2, (2 * math.pi / 6,)), 6),
    (PreviousToken.on_ladder(3, 1e4, 8), 5),
    (AbsoluteIndex(2, 4, math.pi / 4), 4),
    (AbsoluteIndex(1, 4, 1.1), 4),
    (InformationRetrieval(2, 2), 4),
    (InformationRetrieval(3, 1), 4),
    (InformationRetrieval(5, 1), 3),
]


@pytest.mark.parametrize(("construction", "length"), TINY, ids=lambda case: str(case))
def test_every_input_is_right_exactly_above_the_critical_temperature(
    construction: Network, length: int
) -> None:
    inputs = list(all_inputs(construction, length))
    assert mismatches(construction, inputs) == 0
    beta = float(construction.certified_beta(length).mid())
    assert mismatches(construction, inputs, beta * (1 + 1e-9)) == 0
    assert mismatches(construction, inputs, beta * (1 - 1e-9)) > 0


def slow_rivals(beta: float, ladder: list[float], length: int) -> float:
    total = 0.0
    for distance in range(length):
        if distance != 1:
            lead = sum(1 - math.cos((distance - 1) * angle) for angle in ladder) / len(ladder)
            total += math.exp(-beta * lead)
    return total


@pytest.mark.parametrize(
    ("base", "channels", "length"), [(1e4, 64, 33), (5e5, 128, 64), (1e6, 256, 17), (1e4, 2, 2)]
)
@pytest.mark.parametrize("share", [Fraction(1, 2), Fraction(999, 1000)])
def test_previous_token_has_the_weight_exactly_from_its_temperature_on(
    base: float, channels: int, length: int, share: Fraction
) -> None:
    construction = PreviousToken.on_ladder(2, base, channels)
    (head,) = construction.layer.heads
    beta = float(construction.beta_for_weight(length, share).mid())
    allowance = float(1 / share - 1)
    slow = critical_beta(lambda b: slow_rivals(b, list(construction.ladder), length), allowance)
    assert beta == pytest.approx(slow, rel=1e-11, abs=1e-15)
    exact = previous_token_beta(rope_ladder(base, channels), length, share)
    assert beta == pytest.approx(float(exact.mid()), rel=1e-9, abs=1e-15)
    scores = attention.logits(head, construction.embed(np.zeros(length, dtype=np.int64)))
    if beta > 0:
        above = attention.weights(scores, beta * (1 + 1e-9))[-1, -2]
        below = attention.weights(scores, beta * (1 - 1e-9))[-1, -2]
        assert below < float(share) < above


def test_information_retrieval_pays_the_logarithm_of_the_length() -> None:
    beta = float(InformationRetrieval(8, 8).certified_beta(1000).mid())
    assert beta == pytest.approx(math.log(998) / (1 - math.cos(math.pi / 4)), rel=1e-12)
