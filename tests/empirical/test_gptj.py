"""Our GPT-J computes what the GPT-J of transformers computes."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from empirical.heads.executed import last_query_logits
from empirical.heads.gptj import heads
from empirical.models import gptj
from empirical.models.config import GPTJConfig
from empirical.models.one_plane import OnePlaneConfig
from tests.empirical import small_models
from theory.refusal import Refusal


@pytest.fixture(params=small_models.SHAPES, ids=["one_head", "two_layers", "three_layers"])
def config(request: pytest.FixtureRequest) -> GPTJConfig:
    shape: GPTJConfig = request.param
    return shape


def tokens(config: GPTJConfig, length: int = 40) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(config.vocab_size, (3, length), generator=generator)


@torch.inference_mode()
def difference(path: Path, config: GPTJConfig) -> float:
    """The largest difference of a logit, on logits of order 1."""
    small_models.write(path, config)
    ids = tokens(config)
    expected = small_models.theirs(path)(ids).logits
    assert 0.3 < expected.std() < 30
    return float((small_models.ours(path)(ids) - expected).abs().max())


def test_equals_transformers(tmp_path: Path, config: GPTJConfig) -> None:
    assert difference(tmp_path, config) < 2e-5


def half_split(
    rotate: Callable[[Tensor, int, tuple[float, ...]], Tensor],
) -> Callable[[Tensor, int, tuple[float, ...]], Tensor]:
    """Rotate pairs ``(f, f + r/2)``, as Llama does, instead of ``(2f, 2f + 1)``."""

    def wrong(heads: Tensor, first: int, angles: tuple[float, ...]) -> Tensor:
        rotary_dim = 2 * len(angles)
        there = torch.arange(rotary_dim).view(2, -1).T.flatten()
        turned = rotate(heads[..., there], first, angles)[..., there.argsort()]
        return torch.cat((turned, heads[..., rotary_dim:]), dim=-1)

    return wrong


def test_the_wrong_pairs_would_be_seen(
    tmp_path: Path, config: GPTJConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gptj, "rotate", half_split(gptj.rotate))
    assert difference(tmp_path, config) > 0.1


def test_the_wrong_base_would_be_seen(
    tmp_path: Path, config: GPTJConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GPTJConfig, "BASE", 5000.0)
    assert difference(tmp_path, config) > 1e-3


@torch.inference_mode()
def test_last_only_is_the_last_row(tmp_path: Path, config: GPTJConfig) -> None:
    small_models.write(tmp_path, config)
    model, ids = small_models.ours(tmp_path), tokens(config)
    assert torch.allclose(model(ids, last_only=True), model(ids)[:, -1:], atol=1e-5)


@torch.inference_mode()
def test_later_tokens_change_nothing_before_them(tmp_path: Path, config: GPTJConfig) -> None:
    small_models.write(tmp_path, config)
    model, ids = small_models.ours(tmp_path), tokens(config)
    assert torch.allclose(model(ids[:, :17]), model(ids)[:, :17], atol=1e-5)


@torch.inference_mode()
def test_no_table_limits_the_length(tmp_path: Path) -> None:
    small_models.write(tmp_path, small_models.ONE_HEAD)
    length = 2 * small_models.ONE_HEAD.n_positions
    logits = small_models.ours(tmp_path)(tokens(small_models.ONE_HEAD, length), last_only=True)
    assert logits.isfinite().all()


def test_dropout_acts_in_training_only() -> None:
    config = GPTJConfig(5, n_embd=8, n_layer=1, n_head=2, rotary_dim=4, resid_pdrop=0.5)
    model, ids = gptj.GPTJ(config), torch.arange(5)[None]
    assert not torch.equal(model(ids), model(ids))
    model.eval()
    assert torch.equal(model(ids), model(ids))


@torch.inference_mode()
def test_models_attend_sharply(tmp_path: Path, config: GPTJConfig) -> None:
    """Near-uniform attention would hide a wrong rotation from the comparison."""
    small_models.write(tmp_path, config)
    model, ids = small_models.ours(tmp_path), tokens(config)
    stream = model.transformer.wte(ids)
    for block in model.transformer.blocks:
        normed, attention = block.ln_1(stream), block.attn
        query, key = (
            gptj.rotate(attention.split(projection(normed)), 0, config.angles)
            for projection in (attention.q_proj, attention.k_proj)
        )
        logits = query @ key.transpose(-1, -2) / math.sqrt(config.head_dim)
        assert 1 < logits.std() < 8
        stream = block(stream, last_only=False)


@torch.inference_mode()
def test_equals_transformers_with_a_longer_table(tmp_path: Path, config: GPTJConfig) -> None:
    short, long = replace(config, n_positions=8), replace(config, n_positions=300)
    small_models.write(tmp_path / "short", short)
    small_models.write(tmp_path / "long", long)
    ids = tokens(config, 300)
    ours = small_models.ours(tmp_path / "short")(ids)
    assert (ours - small_models.theirs(tmp_path / "long")(ids).logits).abs().max() < 2e-4


@pytest.mark.parametrize("first", [0, 1, 4096, 10**6])
def test_rotation_is_right_far_out(first: int) -> None:
    drawn = torch.randn(1, 1, 2, 10, generator=torch.Generator().manual_seed(0))
    ladder = tuple(10000 ** (-2 * pair / 8) for pair in range(4))
    turned = gptj.rotate(drawn, first, ladder)
    for row in range(2):
        x, y = drawn[0, 0, row].tolist(), turned[0, 0, row].tolist()
        for pair in range(4):
            turn = (first + row) * 10000 ** (-2 * pair / 8)
            rotated = complex(x[2 * pair], x[2 * pair + 1]) * complex(
                math.cos(turn), math.sin(turn)
            )
            assert complex(y[2 * pair], y[2 * pair + 1]) == pytest.approx(rotated, abs=1e-6)
        assert y[8:] == x[8:], "what is not rotated stays"


@torch.inference_mode()
def test_one_plane_turns_by_its_angle() -> None:
    config = OnePlaneConfig(7, n_embd=6, n_layer=1, n_head=1, rotary_dim=2, angle=0.3)
    weights = small_models.weights(config, 0)
    ids = np.arange(6)[None, :]
    executed = last_query_logits(gptj.GPTJ.of(config, weights), ids, 0)[0, 0]
    (head,) = heads(config, weights, 0, weights["transformer.wte.weight"])
    tokens, distances = np.arange(6), np.arange(6)[::-1]
    expected = np.diagonal(head.logits(5, tokens, distances))
    assert np.abs(executed - expected).max() < 1e-5
    ladder = GPTJConfig(7, n_embd=6, n_layer=1, n_head=1, rotary_dim=2)
    other = last_query_logits(gptj.GPTJ.of(ladder, weights), ids, 0)[0, 0]
    assert np.abs(other - expected).max() > 0.1


@pytest.mark.parametrize(
    ("change", "says"),
    [({"angle": math.nan}, "give radians"), ({"rotary_dim": 4}, "one plane has 2")],
)
def test_an_impossible_plane_is_refused(change: dict[str, float], says: str) -> None:
    config = OnePlaneConfig(7, n_embd=6, n_layer=1, n_head=1, rotary_dim=2)
    with pytest.raises(Refusal, match=says):
        replace(config, **change)  # type: ignore[arg-type]
