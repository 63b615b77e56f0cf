"""Bounds from norms hold for every row, and rows can be found that come near them."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from empirical.files.json_file import read_json
from empirical.foreign import capture
from empirical.foreign.ellipsoid import Ellipsoid, ellipsoids
from empirical.foreign.families import families
from empirical.foreign.families.family import layer_norm
from empirical.foreign.parity import softmax
from empirical.foreign.reading import Model
from empirical.survey.norm_bounds import SQUARINGS, _spectral, logit_bounds, norm_bounds
from empirical.survey.worst_context import first_layer_head, worst_context
from tests.command_line import ropeproof
from tests.empirical import foreign_models
from theory.refusal import Refusal

FAMILIES = sorted({*families()} - {"gemma3"})
LENGTH, ROWS, LAYER, HEAD = 20, 60, 1, 1
STEP = 1e-5


def small(model_type: str, rope_type: str = "default") -> Model:
    return foreign_models.unread(foreign_models.config(model_type, rope_type))


def bounds_of(model: Model, pair: tuple[Ellipsoid, Ellipsoid]) -> tuple[np.ndarray, np.ndarray]:
    window = model.family.window(model.module.config, LAYER)
    return logit_bounds(model, LAYER, LENGTH, *pair, min(LENGTH, window or LENGTH))


def random_rows(model: Model, rng: np.random.Generator) -> np.ndarray:
    """Rows of all sizes, some of them along one channel."""
    rows = rng.normal(size=(ROWS, model.module.config.hidden_size))
    rows[::3] *= rng.random(rows[::3].shape) < 0.1
    return rows * 10.0 ** rng.uniform(-6, 6, size=(ROWS, 1))


@pytest.mark.parametrize("model_type", FAMILIES)
def test_no_row_has_a_logit_outside_its_bounds(model_type: str) -> None:
    model, rng = small(model_type), np.random.default_rng(0)
    rows = random_rows(model, rng)
    for number, head in enumerate(model.family.heads(model.module, LAYER, rows, LENGTH)):
        low, high = bounds_of(model, ellipsoids(model, LAYER)[number])
        every = np.arange(ROWS)
        for query in range(0, ROWS, 7):
            logits = head.logits(query, every, np.arange(low.size))
            assert (logits <= high).all()
            assert (logits >= low).all()


def climbed(model: Model, distance: int, rng: np.random.Generator) -> float:
    """A large logit at a distance, over two rows that are moved uphill."""
    width = model.module.config.hidden_size
    moves = STEP * np.vstack([np.eye(width), -np.eye(width)])

    def downhill(flat: np.ndarray) -> tuple[float, np.ndarray]:
        asked, kept = flat.reshape(2, width)
        rows = np.vstack([asked, kept, asked + moves, kept + moves])
        head = model.family.heads(model.module, LAYER, rows, LENGTH)[HEAD]
        queries = np.r_[0, 2 : 2 + 2 * width, np.zeros(2 * width, int)]
        keys = np.r_[1, np.ones(2 * width, int), 2 + 2 * width : 2 + 4 * width]
        logits = head.crossed(queries, keys[:, None], np.array([distance]))[:, 0, 0]
        ends = logits[1:].reshape(2, 2, width)
        return -logits[0], -(ends[:, 0] - ends[:, 1]).ravel() / (2 * STEP)

    start = 3 * rng.normal(size=2 * width)
    optimum = minimize(downhill, start, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return float(-optimum.fun)


@pytest.mark.parametrize(
    ("model_type", "share"),
    [("llama", 0.97), ("gemma3_text", 0.97), ("olmo2", 0.9), ("gpt_neox", 0.8), ("phi", 0.7)],
)
def test_some_rows_come_near_the_bound_and_beyond_a_tighter_one(
    model_type: str, share: float
) -> None:
    """Biases bend a ball away from where all terms are largest at once."""
    model, distance = small(model_type), 3
    query, key = ellipsoids(model, LAYER)[HEAD]
    _, high = bounds_of(model, (query, key))
    attained = max(climbed(model, distance, np.random.default_rng(seed)) for seed in range(2))
    assert share * high[distance] <= attained <= high[distance]
    less = share * 0.97
    for other in (
        (replace(query, radius=less * query.radius), key),
        (query, replace(key, radius=less * key.radius)),
        (
            replace(query, directions=less * query.directions),
            replace(key, centre=less * key.centre),
        ),
    ):
        assert bounds_of(model, other)[1][distance] < high[distance]
    narrow = replace(query, radius=less * query.radius, centre=less * query.centre)
    assert attained > bounds_of(model, (narrow, key))[1][distance]


@pytest.mark.parametrize("biased", ["q_proj", "k_proj"])
def test_what_biases_give_is_in_the_bound_and_no_more(biased: str) -> None:
    """One side's bias is far above all else of it, so that rows come near all terms at once."""
    model, distance = small("phi"), 3
    attention = model.family.attention_of(model.family.blocks_of(model.module)[LAYER])
    with torch.no_grad():
        getattr(attention, biased).bias.mul_(200)
    _, high = bounds_of(model, ellipsoids(model, LAYER)[HEAD])
    attained = climbed(model, distance, np.random.default_rng(0))
    assert 0.9 * high[distance] <= attained <= high[distance]


@pytest.mark.parametrize("model_type", ["llama", "gpt_neox", "gemma2", "qwen3"])
def test_the_model_s_own_weights_lie_within(model_type: str) -> None:
    """In its own eager attention, on random contexts."""
    model, offset = small(model_type), 2
    bounds = norm_bounds(model, LAYER, HEAD, offset, LENGTH)
    swapped = replace(bounds, least=bounds.most, most=bounds.least)
    rng, outside = np.random.default_rng(0), 0
    for _ in range(20):
        weights: list[np.ndarray] = []

        def see(inputs: capture.AttentionInputs, seen: list[np.ndarray] = weights) -> None:
            if inputs.layer == LAYER and inputs.weights is not None:
                seen.append(inputs.weights[HEAD])

        capture.run(model, rng.integers(0, 64, LENGTH), see, weights=True)
        for place, length in enumerate(bounds.lengths):
            weight = weights[0][length - 1, length - 1 - offset]
            assert bounds.least[place] - 1e-6 <= weight <= bounds.most[place] + 1e-6
            outside += not swapped.least[place] <= weight <= swapped.most[place]
    assert outside > 0


@pytest.mark.parametrize("model_type", ["llama", "qwen3", "gemma2", "olmo2", "phi"])
def test_what_is_exact_in_the_first_layer_lies_within(model_type: str) -> None:
    model = small(model_type)
    head = first_layer_head(model, HEAD, np.arange(64), LENGTH)
    exact = worst_context(head, 5, 17, 2, min(LENGTH, head.window or LENGTH))
    bounds = norm_bounds(model, 0, HEAD, 2, int(exact.lengths[-1]))
    assert (bounds.least <= exact.least).all()
    assert (exact.most <= bounds.most).all()


def test_weights_are_attained_where_every_logit_is_at_its_bound() -> None:
    """Logits of a soft-cap that everything reaches: the bound is the softmax of its ends."""
    model = small("gemma2")
    bounds = norm_bounds(model, LAYER, HEAD, 1, 6)
    for place, length in enumerate(bounds.lengths.tolist()):
        for weights, rivals, own in (
            (bounds.least, bounds.highest, bounds.lowest),
            (bounds.most, bounds.lowest, bounds.highest),
        ):
            logits = rivals[:length].copy()
            logits[1] = own[1]
            assert weights[place] == pytest.approx(softmax(logits[None])[0, 1], rel=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (5, 5), (16, 16)])
def test_spectral_norms_are_bounded_from_above_and_closely(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for size in (1e-150, 1.0, 1e150):
        matrices = size * rng.normal(size=(50, *shape))
        matrices[0] = 0.0
        exact = np.linalg.norm(matrices, 2, axis=(1, 2))
        bounds = _spectral(matrices)
        assert (bounds >= exact * (1 - 1e-14)).all()
        assert (bounds <= exact * shape[0] ** (0.5 ** (SQUARINGS + 1)) * (1 + 1e-6)).all()


def test_planes_that_stay_apart_give_what_the_whole_matrix_does() -> None:
    model = small("qwen3")
    query, key = ellipsoids(model, LAYER)[HEAD]
    _, apart = bounds_of(model, (query, key))
    turned = replace(query, directions=np.roll(query.directions, 1, axis=0))
    _, whole = bounds_of(model, (turned, key))
    assert apart == pytest.approx(whole, rel=0.02)


@pytest.mark.parametrize("rope_type", ["yarn", "longrope", "dynamic"])
def test_attention_factors_and_angles_of_the_length_are_met(rope_type: str) -> None:
    model, rng = small("llama", rope_type), np.random.default_rng(0)
    _, high = bounds_of(model, ellipsoids(model, LAYER)[HEAD])
    attained = climbed(model, 4, rng)
    assert 0.95 * high[4] <= attained <= high[4]


def test_what_has_no_bound_is_refused() -> None:
    def as_it_is(rows: Any, _: Any) -> Any:
        return rows

    model = small("llama")
    other = replace(model, family=replace(model.family, normalise=as_it_is))
    with pytest.raises(Refusal, match="as_it_is leaves of a row has no bound"):
        ellipsoids(other, LAYER)
    other = replace(model, family=replace(model.family, normalise_heads=as_it_is))
    attention = model.family.attention_of(model.family.blocks_of(model.module)[LAYER])
    attention.q_norm = attention.k_norm = None
    with pytest.raises(Refusal, match="has no bound"):
        ellipsoids(other, LAYER)
    model = small("llama")
    block = model.family.blocks_of(model.module)[LAYER]
    block.input_layernorm.variance_epsilon = -1e-6
    with pytest.raises(Refusal, match="adds -1e-06"):
        ellipsoids(model, LAYER)
    block.input_layernorm.variance_epsilon = 0.0
    block.self_attn.q_proj = torch.nn.Sequential(block.self_attn.q_proj)
    with pytest.raises(Refusal, match="q_proj is no plain projection"):
        ellipsoids(model, LAYER)


def test_heads_layers_and_distances_that_are_not_there_are_refused() -> None:
    model = small("mistral")
    for (layer, head, offset, length), words in {
        (2, 0, 1, 20): "layers 0 to 1",
        (1, 4, 1, 20): "heads 0 to 3",
        (1, 0, 8, 20): "sees 8 tokens and no target 8 back",
        (1, 0, 5, 4): "sees 4 tokens",
    }.items():
        with pytest.raises(Refusal, match=words):
            norm_bounds(model, layer, head, offset, length)


@pytest.mark.parametrize("size", [1e-150, 1e-30, 1e30, 1e150, 1e200])
def test_weights_of_any_size_are_bounded_or_refused(size: float) -> None:
    model = small("llama")
    pair = ellipsoids(model, LAYER)[HEAD]
    query = replace(pair[0], directions=size * pair[0].directions, error=size * pair[0].error)
    key = replace(pair[1], directions=size * pair[1].directions, error=size * pair[1].error)
    if size > 1e140:
        with pytest.raises(Refusal, match="beyond all float64"):
            bounds_of(model, (query, key))
        return
    _, high = bounds_of(model, (query, key))
    _, plain = bounds_of(model, pair)
    assert high == pytest.approx(size * size * plain, rel=1e-3, abs=1e-290)


def test_the_verb_says_it(tmp_path: Path) -> None:
    foreign_models.write(tmp_path / "m", foreign_models.config("gemma2"))
    status, out, _ = ropeproof(
        *("worst", tmp_path / "m", "L1H1", "--distance", "2"),
        *("--length", "40", "--json", tmp_path / "bounds.json"),
    )
    assert status == 3
    bounds = norm_bounds(small("gemma2"), 1, 1, 2, 40)
    written = read_json(tmp_path / "bounds.json")
    assert written["least"] == bounds.least.tolist()
    assert written["most"] == bounds.most.tolist()
    assert written["bounds"] == "norms"
    assert "bounds, from norms alone" in out
    rows = [line.split() for line in out.splitlines() if line.split()[0].isdigit()]
    assert len(rows) > 3
    for length, least, most in rows:
        place = bounds.lengths.tolist().index(int(length))
        assert 0.999 * bounds.least[place] < float(least) <= bounds.least[place]
        assert bounds.most[place] <= float(most) < 1.001 * bounds.most[place]
    assert max(map(len, out.splitlines())) <= 80
    for more, reason in (
        (("L1H1", "--query", "#5"), "reads no tokens"),
        (("L0H1",), "give --query and --target"),
        (("L0H1", "--query", "#5"), "give --query and --target"),
        (("L9H0",), "has layers 0 to 1"),
        (("L1H9",), "has heads 0 to 3"),
    ):
        status, _, refused = ropeproof("worst", tmp_path / "m", *more)
        assert status == 2
        assert reason in refused


def test_a_flat_head_has_even_weights_at_most_and_at_least() -> None:
    """One whose logits are all near zero."""
    model = small("llama")
    attention = model.family.attention_of(model.family.blocks_of(model.module)[LAYER])
    with torch.no_grad():
        attention.q_proj.weight.mul_(1e-9)
    bounds = norm_bounds(model, LAYER, HEAD, 1, 4)
    assert bounds.least == pytest.approx([1 / 2, 1 / 3, 1 / 4], rel=1e-6)
    assert (bounds.least < [1 / 2, 1 / 3, 1 / 4]).all()
    assert (bounds.most > [1 / 2, 1 / 3, 1 / 4]).all()


def test_every_family_s_projection_is_what_bounds_take_it_for() -> None:
    """Rows go to the queries and keys that ellipsoids say, unless these are normed."""
    rng = np.random.default_rng(0)
    for model_type, layer in itertools.product(FAMILIES, (0, 1)):
        model = small(model_type)
        family = model.family
        if family.normalise_heads is not None or family.normalise_as_one is not None:
            continue
        rows = random_rows(model, rng)
        heads = family.heads(model.module, layer, rows, LENGTH)
        block = family.blocks_of(model.module)[layer]
        norm = getattr(block, family.norm)
        balls = torch.from_numpy(rows)
        if family.normalise is layer_norm:
            balls = balls - balls.mean(dim=1, keepdim=True)
        epsilon = norm.eps if hasattr(norm, "eps") else norm.variance_epsilon
        balls = balls / (balls.square().mean(dim=1, keepdim=True) + epsilon).sqrt()
        for head, (query, key) in zip(heads, ellipsoids(model, layer), strict=True):
            for ellipsoid, planes, rest in (
                (query, head.queries, head.query_rest),
                (key, head.keys, head.key_rest),
            ):
                exact = np.hstack([planes.real, planes.imag, rest])
                projected = ellipsoid.centre + balls.numpy() @ ellipsoid.directions
                assert np.allclose(projected, exact, rtol=1e-9, atol=1e-9), model_type
                assert (np.linalg.norm(balls.numpy(), axis=1) <= ellipsoid.radius).all()
                if family.normalise is layer_norm:  # which takes the mean away
                    assert np.allclose(ellipsoid.directions.sum(axis=0), 0.0, atol=1e-9)
