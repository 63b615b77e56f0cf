"""Losses with one head removed are those of a model whose own output map is given another input."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from empirical.files import checkpoint
from empirical.foreign import reading
from empirical.foreign.reading import Model
from empirical.foreign.removal import (
    TOKENS_AT_ONCE,
    losses_with_none_of,
    losses_without,
    whole_run,
)
from empirical.models.gptj import GPTJ
from empirical.scores.ablation import ablated_losses
from empirical.shipped.checkpoints import directory_named
from tests.empirical import foreign_models

LENGTH, HEADS = 40, 4
IDS = np.random.default_rng(0).integers(0, 64, LENGTH)
PLACES = np.arange(LENGTH - 1)


@torch.inference_mode()
def own_losses(model: Model) -> np.ndarray:
    """What the model's own code says, on its own attention."""
    logits = model.module(torch.from_numpy(IDS)[None]).logits[0, :-1]
    losses: np.ndarray = cross_entropy(logits, torch.from_numpy(IDS[1:]), reduction="none").numpy()
    return losses


@contextmanager
def output_replaced(model: Model, layer: int, head: int, by: Any) -> Iterator[None]:
    """The model with what one head gives to the map of outputs replaced."""
    family = model.family
    attention = family.attention_of(family.blocks_of(model.module)[layer])

    def replace(_: Any, arguments: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor]:
        mixed = arguments[0].clone()
        size = mixed.shape[-1] // HEADS
        mixed[..., head * size : (head + 1) * size] = by
        return (mixed,)

    hook = getattr(attention, family.output).register_forward_pre_hook(replace)
    try:
        yield
    finally:
        hook.remove()


@pytest.mark.parametrize("model_type", sorted(foreign_models.OWN))
def test_losses_are_those_of_the_models_own_code(model_type: str) -> None:
    model = foreign_models.unread(foreign_models.config(model_type))
    whole = whole_run(model, IDS, PLACES)
    untouched = own_losses(model)
    assert whole.losses == pytest.approx(untouched, abs=1e-4)
    for layer, means in enumerate(whole.means):
        for way in ("zero", "mean"):
            losses = losses_without(model, whole, layer, range(HEADS), way)
            for head in range(HEADS):
                by = means[head] if way == "mean" else 0
                with output_replaced(model, layer, head, by):
                    wanted = own_losses(model)
                assert losses[head] == pytest.approx(wanted, abs=2e-4)
                assert np.abs(losses[head] - untouched).max() > 1e-3
    assert own_losses(model) == pytest.approx(untouched, abs=0)


@pytest.mark.parametrize("heads", [{(0, 1)}, {(1, 0), (1, 3)}, {(0, 2), (1, 1), (1, 2)}])
def test_heads_removed_together_are_those_of_the_models_own_code(
    heads: set[tuple[int, int]],
) -> None:
    model = foreign_models.unread(foreign_models.config("llama"))
    losses = losses_with_none_of(model, whole_run(model, IDS, PLACES), heads)
    with ExitStack() as stack:
        for layer, head in sorted(heads):
            stack.enter_context(output_replaced(model, layer, head, 0))
        wanted = own_losses(model)
    assert losses == pytest.approx(wanted, abs=2e-4)
    assert np.abs(losses - own_losses(model)).max() > 1e-3


def test_kept_weights_are_those_of_the_ablation_of_small_models() -> None:
    path = directory_named("hops/letter-2-gptj")
    stored = checkpoint.read(path)
    ids = np.random.default_rng(1).integers(0, stored.config.vocab_size, (1, 24))
    wanted = ablated_losses(GPTJ.of(stored.config, stored.weights), ids)
    model = reading.read(path)
    whole = whole_run(model, ids[0], np.arange(23))
    for layer in range(stored.config.n_layer):
        losses = losses_without(model, whole, layer, range(stored.config.n_head), "pattern")
        assert losses == pytest.approx(wanted[layer][:, 0], abs=1e-3)
    kept = losses_without(model, whole, 0, [0], "pattern")
    moved = losses_without(model, whole, 0, [0], "zero")
    assert np.abs(kept - moved).max() > 1e-2


def test_heads_removed_in_parts_are_those_removed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = foreign_models.unread(foreign_models.config("llama"))
    whole = whole_run(model, IDS, PLACES)
    at_once = losses_without(model, whole, 0, range(HEADS), "zero")
    assert TOKENS_AT_ONCE >= HEADS * LENGTH
    monkeypatch.setattr("empirical.foreign.removal.TOKENS_AT_ONCE", LENGTH)
    assert losses_without(model, whole, 0, range(HEADS), "zero") == pytest.approx(at_once, abs=1e-5)
