"""Whole tasks: every state is exactly one-hot from the certified temperature on."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions.construction import Network
from constructions.multihop_letter import MultihopLetter
from constructions.multihop_number import MultihopNumber
from constructions.stack import states
from tests.constructions import specifications, strategies
from tests.constructions.comparison import all_inputs, mismatches

TINY: list[tuple[Network, int]] = [
    *((MultihopNumber(2, 3, layers, 2 * math.pi / 4), 4) for layers in (1, 3)),
    (MultihopLetter(2, 1, 1), 3),
    (MultihopLetter(2, 1, 3), 4),
    (MultihopLetter(3, 1, 2), 3),
]


@pytest.mark.parametrize(("construction", "length"), TINY, ids=lambda case: str(case))
def test_every_input_is_right_above_the_certified_temperature(
    construction: Network, length: int
) -> None:
    inputs = list(all_inputs(construction, length))
    assert mismatches(construction, inputs) == 0
    beta = float(construction.certified_beta(length).mid())
    assert mismatches(construction, inputs, beta * (1 + 1e-9)) == 0


def is_one_hot(construction: Network, tokens: list[int], beta: float) -> bool:
    """Whether every state of the last position is exactly the row of a token."""
    rows = construction.embedding.tolist()
    outputs = states(construction.blocks, construction.embed(np.array(tokens)), beta)
    return all(output[-1].tolist() in rows for output in outputs)


@pytest.mark.parametrize("length", [3, 17, 64])
@pytest.mark.parametrize("kind", [MultihopNumber, MultihopLetter])
def test_states_are_one_hot_exactly_from_the_certified_temperature_on(
    kind: type[Network], length: int
) -> None:
    construction = kind.for_length(length)
    beta = float(construction.certified_beta(length).mid())
    worst = construction.hardest_input(length).tolist()
    assert is_one_hot(construction, worst, beta * (1 + 1e-9))
    assert not is_one_hot(construction, worst, beta * (1 - 1e-9))


@settings(max_examples=40)
@given(strategies.multihop_number() | strategies.multihop_letter())
def test_long_chains_are_right_at_the_certified_temperature(
    case: tuple[Network, list[int]],
) -> None:
    construction, tokens = case
    beta = float(construction.certified_beta(len(tokens)).mid()) * (1 + 1e-9)
    assert mismatches(construction, [tokens], beta) == 0
    specification = getattr(specifications, construction.name())
    if specification(construction, tokens)[-1] is not None:
        assert is_one_hot(construction, tokens, beta)


@pytest.mark.parametrize("layers", [1, 2, 3, 4, 8])
def test_below_the_failing_temperature_no_depth_helps(layers: int) -> None:
    for construction in (
        MultihopNumber(2, 17, layers, 2 * math.pi / 17),
        MultihopLetter(3, 2, layers),
    ):
        worst = construction.hardest_input(17).tolist()
        failing = float(construction.failing_beta(17).mid())
        for share in (0.5, 0.9, 1 - 1e-9):
            assert mismatches(construction, [worst], failing * share) > 0


@given(st.integers(1, 3), st.integers(0, 40), st.data())
def test_letter_chain_of_as_many_hops_as_layers_arrives(
    hops: int, others: int, data: st.DataObject
) -> None:
    letters = 5
    path = data.draw(st.permutations(range(letters)))
    end = letters**2 + path[hops]
    tokens = [end, *(path[k] * letters + path[k + 1] for k in range(hops - 1, -1, -1))]
    free = path[hops + 1 :]
    for _ in range(others):
        pair = data.draw(st.sampled_from(free)) * letters + data.draw(st.sampled_from(free))
        tokens.insert(data.draw(st.integers(0, len(tokens) - 1)), pair)
    beta = float(MultihopLetter(letters, 1, hops).certified_beta(len(tokens)).mid()) * (1 + 1e-9)
    assert MultihopLetter(letters, 1, hops).run(np.array(tokens), beta)[-1] == end
    if hops > 1:  # one layer fewer does not reach it
        assert MultihopLetter(letters, 1, hops - 1).run(np.array(tokens), beta)[-1] != end


@pytest.mark.parametrize("hops", [2, 3, 4])
def test_number_chain_needs_as_many_layers_as_hops(hops: int) -> None:
    tokens = np.array([0] + [1] * 10 + [2 + 11] + [2 + 1] * (hops - 1))
    for layers in (hops - 1, hops):
        network = MultihopNumber(2, 12, layers, 2 * math.pi / len(tokens))
        beta = float(network.certified_beta(len(tokens)).mid()) * (1 + 1e-9)
        assert (network.run(tokens, beta)[-1] == 0) == (layers == hops)


def test_missing_snap_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    network = MultihopNumber(2, 3, 2, 2 * math.pi / 4)
    inputs = list(all_inputs(network, 4))
    bare = tuple(replace(block, snap=None) for block in network.blocks)
    assert mismatches(network, inputs) == 0
    monkeypatch.setattr(MultihopNumber, "blocks", property(lambda _: bare))
    assert mismatches(network, inputs) > 0
