"""Every score is what comes out when contents really change places and the layer runs again."""

import math
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical.heads import gptj
from empirical.heads.canonical import Head
from empirical.heads.executed import residual_streams
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ, GPTJBlock
from empirical.scores import table
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.entropy import normalised_entropy
from empirical.scores.frequency import frequency_use, mean_angle
from empirical.scores.swaps import TEMPERATURE, swap_scores
from empirical.scores.table import ScoredInputs, score
from tests.empirical import small_models
from tests.empirical.scores import rerun

WITHIN = 1e-9
CONFIGS = (
    GPTJConfig(9, n_embd=8, n_layer=1, n_head=1, rotary_dim=8, n_inner=4),
    GPTJConfig(9, n_embd=12, n_layer=1, n_head=2, rotary_dim=4, n_inner=4),
)
LENGTH = 9


def model_of(config: GPTJConfig, seed: int) -> GPTJ:
    model = GPTJ(config)
    drawn = small_models.weights(config, seed)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in drawn.items()})
    return model.eval()


def block_of(model: GPTJ, layer: int) -> GPTJBlock:
    return deepcopy(model.transformer.blocks[layer]).double()


def drawn(config: GPTJConfig, seed: int) -> tuple[GPTJBlock, np.ndarray, list[Head]]:
    """A layer in float64, rows of its residual stream, and its heads on them."""
    rows = np.random.default_rng(seed).normal(size=(LENGTH, config.n_embd))
    return (
        block_of(model_of(config, seed), 0),
        rows,
        gptj.heads(config, small_models.weights(config, seed), 0, rows),
    )


def close(ours: object, twin: object) -> None:
    np.testing.assert_allclose(np.asarray(ours), np.asarray(twin), rtol=0, atol=WITHIN)


@settings(max_examples=20)
@given(
    config=st.sampled_from(CONFIGS),
    seed=st.integers(0, 1 << 20),
    position=st.integers(2, LENGTH - 1),
    temperature=st.sampled_from((TEMPERATURE, 1e-2, 10.0)),
    data=st.data(),
)
def test_scores_are_those_of_running_the_layer_again(
    config: GPTJConfig, seed: int, position: int, temperature: float, data: st.DataObject
) -> None:
    blocks = data.draw(st.integers(2, position))
    block, rows, heads = drawn(config, seed)
    stream = torch.from_numpy(rows)
    swapped = rerun.swap_scores(block, stream, position, temperature, blocks)
    spread = rerun.entropy(block, stream, position)
    for number, head in enumerate(heads):
        questions = ContentPositionLogits.of(head, np.arange(position + 1)[None])
        logits = questions.matrices()
        close(np.concatenate(swap_scores(logits, temperature, blocks)), swapped[number])
        close(normalised_entropy(np.diagonal(logits, axis1=1, axis2=2)), [spread[number]])


@pytest.mark.parametrize("config", CONFIGS, ids=["all rotary", "part rotary, two heads"])
def test_components_are_the_layer_with_all_other_channels_silent(config: GPTJConfig) -> None:
    position = LENGTH - 1
    block, rows, heads = drawn(config, 3)
    stream = torch.from_numpy(rows)
    for number, head in enumerate(heads):
        questions = ContentPositionLogits.of(head, np.arange(LENGTH)[None])
        use = frequency_use(questions.observed())[0]
        for component, logits in enumerate(questions.components()):
            channels = rerun.component_channels(block, number, component)
            silent = rerun.alone(deepcopy(block), channels)
            twin = rerun.swap_scores(silent, stream, position, TEMPERATURE, position)[number]
            close(np.concatenate(swap_scores(logits)), twin)
            seen = rerun.attention(silent, stream)[0][number, position].tolist()
            close(use[component], math.sqrt(sum(logit**2 for logit in seen)))
        assert len(use) == config.rotary_dim // 2 + (config.rotary_dim < config.head_dim)
        close(sum(questions.components()), questions.matrices())


def one_query() -> tuple[tuple[float, float], Head, np.ndarray]:
    block, rows, (head,) = drawn(CONFIGS[0], 7)
    twin = rerun.swap_scores(block, torch.from_numpy(rows), LENGTH - 1, 1e-2, LENGTH - 1)
    return twin[0], head, np.arange(LENGTH)[None]


def test_false_neighbours_are_far_from_the_twin() -> None:
    twin, head, contents = one_query()

    def distance(logits: np.ndarray, temperature: float = 1e-2) -> float:
        return float(np.abs(np.concatenate(swap_scores(logits, temperature)) - twin).max())

    matrix = ContentPositionLogits.of(head, contents).matrices()
    assert distance(matrix) < WITHIN
    assert distance(matrix.transpose(0, 2, 1)) > 1e-3
    assert distance(matrix, temperature=2e-2) > 1e-3
    faster = replace(head, angles=1.1 * head.angles)
    assert distance(ContentPositionLogits.of(faster, contents).matrices()) > 1e-3
    shifted = ContentPositionLogits.of(head, contents)
    off_by_one = replace(shifted, turns=shifted.turns * np.exp(1j * head.angles)[:, None])
    assert distance(off_by_one.matrices()) > 1e-3
    not_run_again = np.repeat(np.diagonal(matrix[0])[:, None], LENGTH, axis=1)[None]
    assert distance(not_run_again) > 1e-3
    without_query = matrix.copy()
    without_query[0, -1, -1] = -1e3
    assert distance(without_query) > 1e-3


@pytest.mark.parametrize("at_once", [1, table.AT_ONCE])
def test_a_models_table_is_the_mean_over_inputs_of_the_twins(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "AT_ONCE", at_once)
    config = GPTJConfig(9, n_embd=12, n_layer=2, n_head=2, rotary_dim=4, n_inner=4)
    model = model_of(config, 5)
    ids = np.random.default_rng(5).integers(9, size=(4, 6))
    asked = ScoredInputs(ids, {"last": np.full(4, 5), "hop 1": np.array([3, -1, 4, 1])})
    rows = score(model, asked, blocks=2, components=True)
    assert [(r.layer, r.head, r.query, r.inputs) for r in rows] == [
        (layer, head, query, inputs)
        for layer in range(2)
        for head in range(2)
        for query, inputs in (("last", 4), ("hop 1", 2))
    ]
    streams = [torch.from_numpy(s).double() for s in residual_streams(model, ids)]
    angles = np.array([1.0, 0.01, 0.0])
    for row in rows:
        block = block_of(model, row.layer)
        places = asked.queries[row.query]
        pairs = [(int(n), int(places[n])) for n in np.flatnonzero(places >= 2)]
        swapped, spread, use = [], [], []
        for number, position in pairs:
            stream = streams[row.layer][number]
            swapped.append(rerun.swap_scores(block, stream, position, TEMPERATURE, 2)[row.head])
            spread.append(rerun.entropy(block, stream, position)[row.head])
            norms = []
            for component in range(3):
                channels = rerun.component_channels(block, row.head, component)
                logits = rerun.attention(rerun.alone(deepcopy(block), channels), stream)[0]
                norms.append(math.hypot(*logits[row.head, position, : position + 1].tolist()))
            use.append(norms)
        close((row.positional, row.symbolic), np.mean(swapped, axis=0))
        close(row.entropy, np.mean(spread))
        close(row.use, np.mean(use, axis=0))
        assert row.mean_angle is not None
        close(row.mean_angle, mean_angle(np.mean(use, axis=0), angles))
        assert row.components is not None
        assert len(row.components) == 3
