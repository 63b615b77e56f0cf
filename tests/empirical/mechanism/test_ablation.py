"""Silencing a head is what it is when weights are cut or the attention kernel is replaced."""

from collections.abc import Callable
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from empirical.heads.silenced import WAYS
from empirical.mechanism.ablation import ablate
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from tests.empirical import small_models

CONFIG = GPTJConfig(9, n_embd=12, n_layer=3, n_head=2, rotary_dim=4, n_inner=4)
WEIGHTS = {  # attention writes much, and no answer is liked for itself
    name: array * (6 if "out_proj" in name else name != "lm_head.bias")
    for name, array in small_models.weights(CONFIG, 2).items()
}
IDS = np.random.default_rng(2).integers(9, size=(60, 7))
HOPS = 1 + np.arange(60) % 3
Kernel = Callable[..., Tensor]


def model() -> GPTJ:
    return GPTJ.of(CONFIG, WEIGHTS)


@torch.inference_mode()
def said(model: GPTJ) -> np.ndarray:
    answers: np.ndarray = model(torch.from_numpy(IDS))[:, -1].argmax(dim=-1).numpy()
    return answers


def zero(layer: int, head: int) -> np.ndarray:
    """The columns that the head writes through are cut."""
    cut = model()
    with torch.no_grad():
        cut.transformer.blocks[layer].attn.out_proj.weight[:, 6 * head : 6 * head + 6] = 0
    return said(cut)


def in_kernel(change: Callable[[int, Tensor, Tensor, Tensor], Tensor]) -> np.ndarray:
    """Run with the kernel's result changed: layer, result, its weights, values."""
    kernel: Kernel = functional.scaled_dot_product_attention
    calls: list[int] = []

    def changed(query: Tensor, key: Tensor, value: Tensor, **how: bool) -> Tensor:
        units = torch.eye(7).expand(60, 2, 7, 7)
        weights = kernel(query, key, units, dropout_p=0.0, is_causal=True)
        calls.append(len(calls))
        return change(
            calls[-1], kernel(query, key, value, dropout_p=0.0, is_causal=True), weights, value
        )

    with patch.object(functional, "scaled_dot_product_attention", changed):
        return said(model())


def mean(layer: int, head: int) -> np.ndarray:
    def change(at: int, read: Tensor, weights: Tensor, value: Tensor) -> Tensor:
        if at == layer:
            for place in range(7):
                read[:, head, place] = sum(read[n, head, place] for n in range(60)) / 60
        return read

    return in_kernel(change)


def pattern(layer: int, head: int) -> np.ndarray:
    kept: list[Tensor] = []

    def keep(at: int, read: Tensor, weights: Tensor, value: Tensor) -> Tensor:
        kept.append(weights.clone())
        return read

    def change(at: int, read: Tensor, weights: Tensor, value: Tensor) -> Tensor:
        read = kept[at] @ value
        if at == layer:
            read[:, head] = 0
        return read

    in_kernel(keep)
    return in_kernel(change)


TWINS = {"zero": zero, "mean": mean, "pattern": pattern}


def agreed(answers: np.ndarray) -> dict[tuple[int, int, str], int]:
    """How many of the answers every ablation gives."""
    steps = []
    rows = list(
        ablate(model(), IDS, answers, HOPS, lambda done, total: steps.append((done, total)))
    )
    assert steps == [(done, 6) for done in range(1, 7)]
    assert all(row.counts.keys() == {1, 2, 3} for row in rows)
    assert all(count.total == 20 for row in rows for count in row.counts.values())
    return {
        (row.layer, row.head, row.way): sum(count.correct for count in row.counts.values())
        for row in rows
    }


def test_each_way_is_its_twin_and_none_of_the_others() -> None:
    whole = said(model())
    for layer in range(3):
        for head in range(2):
            for way in WAYS:
                answers = TWINS[way](layer, head)
                agreeing = agreed(answers)
                assert agreeing.pop((layer, head, way)) == 60
                if layer == 2:  # no later head is left to look elsewhere
                    other = {"zero": "pattern", "pattern": "zero"}.get(way)
                    assert other is None or agreeing.pop((layer, head, other)) == 60
                assert max(agreeing.values()) < 60
                assert (answers != whole).any()
