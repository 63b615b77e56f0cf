"""The induction circuit and the smeared head: the average, the last occurrence, the weights."""

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import attention, last_occurrence
from constructions.induction import Induction
from constructions.smeared_key import SmearedKey
from constructions.stack import states
from tests.constructions import specifications, strategies
from tests.constructions.comparison import all_inputs, mismatches


@pytest.mark.parametrize("length", [4, 5])
def test_average_is_right_on_every_input_exactly_above_its_temperature(length: int) -> None:
    construction = replace(Induction.for_length(length), symbols=3)
    inputs = [[3, *rest] for rest in all_inputs(construction, length - 1)]
    assert mismatches(construction, inputs) == 0
    beta = float(construction.certified_beta(length).mid())
    assert mismatches(construction, inputs, beta * (1 + 1e-9)) == 0
    assert mismatches(construction, inputs, beta * (1 - 1e-9)) > 0


@pytest.mark.parametrize("recency", [0.02, 0.3, 0.39])
@pytest.mark.parametrize("length", [4, 5, 6, 7])
def test_last_occurrence_is_right_on_every_input_exactly_above_its_temperature(
    length: int, recency: float
) -> None:
    construction = Induction(3, 2 * math.pi / length, gain=100.0, recency=recency)
    inputs = [[3, *rest, 0] for rest in all_inputs(SmearedKey(3, 0.0), length - 2)]
    worst = construction.hardest_input(length).tolist()
    assert worst in inputs
    assert mismatches(construction, inputs) == 0
    beta = float(construction.certified_beta(length).mid())
    assert construction.failing_beta(length).overlaps(construction.certified_beta(length))
    assert mismatches(construction, inputs, beta * (1 + 1e-9)) == 0
    assert mismatches(construction, [worst], beta * (1 - 1e-9)) > 0


@pytest.mark.parametrize(("length", "recency"), [(12, 0.01), (12, 0.15), (40, 0.001), (40, 0.04)])
def test_last_occurrence_fails_on_its_hardest_input(length: int, recency: float) -> None:
    construction = Induction(16, 2 * math.pi / length, gain=1e3, recency=recency)
    worst = construction.hardest_input(length).tolist()
    beta = float(construction.certified_beta(length).mid())
    assert mismatches(construction, [worst], beta * (1 + 1e-9)) == 0
    assert mismatches(construction, [worst], beta * (1 - 1e-9)) > 0


@given(st.integers(4, 7), st.floats(0.01, 0.3), st.floats(0.05, 20))
def test_no_input_is_worse_than_the_worst_arrangement(
    length: int, slow: float, beta: float
) -> None:
    gaps = [arb(1 - math.cos(t * slow)) for t in range(length - 1)]
    shares = last_occurrence._shares(last_occurrence._weights(gaps, arb(beta)), length)
    worst = 0.0
    for rest in itertools.product(range(3), repeat=length - 2):
        tokens = [3, *rest, 0]
        collected = [0.0] * 4
        for j in range(length):
            match = j > 0 and tokens[j - 1] == 0
            collected[tokens[j]] += math.exp(beta * (match + math.cos((length - 1 - j) * slow)))
        if 0 in rest:
            right = specifications.followers(tokens, length - 1)[-1]
            rivals = [weight for symbol, weight in enumerate(collected[:3]) if symbol != right]
            worst = max(worst, *(rival / collected[right] for rival in rivals))
    assert max(float(share.mid()) for pair in shares for share in pair) == pytest.approx(worst)


def test_a_slow_plane_too_fast_is_wrong_at_every_temperature() -> None:
    length = 9
    edge = math.pi / 2 / (length - 3)
    for recency, finite in ((edge * (1 - 1e-9), True), (edge * (1 + 1e-9), False), (1.2, False)):
        construction = Induction(3, 2 * math.pi / length, gain=100.0, recency=recency)
        assert construction.certified_beta(length).is_finite() == finite
        worst = construction.hardest_input(length).tolist()
        assert (mismatches(construction, [worst]) == 0) == finite


@pytest.mark.parametrize(("share", "length"), [(0.0, 5), (0.25, 5), (0.45, 4), (0.1, 6)])
def test_smeared_head_is_right_on_every_input_exactly_above_its_temperature(
    share: float, length: int
) -> None:
    construction = SmearedKey(3, share)
    inputs = list(all_inputs(construction, length))
    assert mismatches(construction, inputs) == 0
    beta = float(construction.certified_beta(length).mid())
    assert mismatches(construction, inputs, beta * (1 + 1e-9)) == 0
    assert mismatches(construction, inputs, beta * (1 - 1e-9)) > 0


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30))
def test_hard_output_is_the_average_of_the_followers(symbols: list[int]) -> None:
    tokens = [4, *symbols]
    construction = Induction(4, 2 * math.pi / len(tokens), gain=1.0)
    output = states(construction.blocks, construction.embed(np.array(tokens)))[-1]
    for position in range(1, len(tokens)):
        followers = specifications.followers(tokens, position)
        if followers:
            average = [followers.count(symbol) / len(followers) for symbol in range(5)]
            np.testing.assert_allclose(output[position, :5], average, atol=1e-15)


def weight_of_matches(construction: Induction, tokens: list[int], beta: float) -> float:
    """The attention of the last position on followers, or on the last of them."""
    rows = construction.embed(np.array(tokens))
    after = states(construction.blocks[:1], rows, beta)[0]
    (head,) = construction.blocks[1].layer.heads
    last = attention.weights(attention.logits(head, after), beta)[-1]
    places = [j + 1 for j in range(len(tokens) - 1) if tokens[j] == tokens[-1]]
    return float(last[places if construction.recency == 0 else places[-1:]].sum())


@pytest.mark.parametrize("recency", [0.0, 0.05])
@pytest.mark.parametrize("share", [Fraction(1, 2), Fraction(99, 100)])
def test_weight_on_followers_is_attained(recency: float, share: Fraction) -> None:
    length = 12
    construction = Induction(3, 2 * math.pi / length, gain=1e3, recency=recency)
    beta = float(construction.beta_for_weight(length, share).mid())
    runs = [[3] + [0] * k + [1] * (length - 2 - k) + [0] for k in range(1, length - 1)]
    for factor, enough in ((1 + 1e-9, True), (1 - 1e-9, False)):
        least = min(weight_of_matches(construction, tokens, beta * factor) for tokens in runs)
        assert (least >= float(share)) == enough


@settings(max_examples=30)
@given(strategies.induction())
def test_circuit_is_right_at_its_certified_temperature(case: tuple[Induction, list[int]]) -> None:
    construction, tokens = case
    construction = replace(construction, recency=0.0)
    beta = float(construction.certified_beta(len(tokens)).mid()) * (1 + 1e-9)
    assert mismatches(construction, [tokens], beta) == 0


def test_one_layer_fewer_and_no_snap_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    construction = replace(Induction.for_length(8), gain=1.0)
    worst = construction.hardest_input(8).tolist()
    beta = float(construction.certified_beta(8).mid()) * (1 + 1e-9)
    first, second = construction.blocks
    assert mismatches(construction, [worst], beta) == 0
    assert weight_of_matches(construction, worst, beta) > 0.95
    monkeypatch.setattr(Induction, "blocks", property(lambda _: (second,)))
    assert mismatches(construction, [worst], beta) > 0
    monkeypatch.setattr(
        Induction, "blocks", property(lambda _: (replace(first, snap=None), second))
    )
    assert weight_of_matches(construction, worst, beta) < 0.95


FOUR = ([0, 1, 1, 2, 0], [1, 2, 0, 1, 0], [0, 2, 1, 1, 0], [1, 1, 0, 2, 0])


@given(st.integers(0, 2**32 - 1))
def test_no_plain_head_is_right_on_the_four_inputs_of_the_ledger(seed: int) -> None:
    generator = np.random.default_rng(seed)
    angles, size = generator.uniform(0, math.pi, 2), 3
    head = attention.HeadWeights(
        angles,
        query=generator.normal(size=(size, 4)),
        key=generator.normal(size=(size, 4)),
        value=generator.normal(size=(size, size)),
        output=np.eye(size),
    )
    layer = attention.Layer((head,), residual=True)
    outputs = [attention.attend(layer, np.eye(size)[tokens], 1.0)[-1] for tokens in FOUR]
    answers = [specifications.only_follower(tokens)[-1] for tokens in FOUR]
    assert answers == [1, 1, 2, 2]
    leads = [output[1] - output[2] for output in outputs]
    assert not (leads[0] > 0 and leads[1] > 0 and leads[2] < 0 and leads[3] < 0)
