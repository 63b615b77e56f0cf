"""What a model still answers right when one head is silenced.

Three ways: what the head reads becomes *zero*; it becomes the *mean* over the inputs at each
position; or zero again while all later heads keep the attention *pattern* they had, so that only
what they move can change, not where they look (olsson2022induction).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from empirical.evaluation import Count, by_hops
from empirical.heads.executed import attention_weights, residual_streams
from empirical.models.gptj import GPTJ, Block
from empirical.tasks.task import Answers, Inputs

Way: TypeAlias = Literal["zero", "mean", "pattern"]
WAYS: tuple[Way, ...] = get_args(Way)


@dataclass(frozen=True)
class Ablation:
    """Right answers with one head silenced.

    Attributes:
        layer: the block.
        head: the head of the block.
        way: how it was silenced.
        counts: right answers by number of hops.
    """

    layer: int
    head: int
    way: Way
    counts: Mapping[int, Count]


def ablate(
    model: GPTJ,
    ids: Inputs,
    answers: Answers,
    hops: Int64[np.ndarray, " size"],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Ablation]:
    """Silence every head of a model in every way, one at a time.

    Args:
        model: a model in evaluation mode, on the CPU.
        ids: token ids; the last token asks.
        answers: token ids.
        hops: how many hops each input takes.
        progress: called with the heads that are done and all heads.
    """
    streams = [torch.from_numpy(stream) for stream in residual_streams(model, ids)]
    config = model.config
    for layer in range(config.n_layer):
        for head in range(config.n_head):
            for way in WAYS:
                said = _answers(model, streams, layer, head, way)
                yield Ablation(layer, head, way, by_hops(said == answers, hops))
            progress(layer * config.n_head + head + 1, config.n_layer * config.n_head)


@torch.inference_mode()
def _answers(
    model: GPTJ, streams: list[Tensor], layer: int, head: int, way: Way
) -> Int64[np.ndarray, " size"]:
    """The likeliest next tokens with one head silenced, from the streams of the whole model."""
    stream = _without(model.transformer.blocks[layer], streams[layer], head, way)
    for depth in range(layer + 1, model.config.n_layer):
        block = model.transformer.blocks[depth]
        if way == "pattern":
            normed = block.ln_1(stream)
            weights = attention_weights(block, streams[depth])
            written = block.attn.out_proj(
                _merged(weights @ block.attn.split(block.attn.v_proj(normed)))
            )
            stream = stream + (written + block.mlp(normed))
        else:
            stream = block(stream, False)
    logits = model.lm_head(model.transformer.ln_f(stream[:, -1]))
    said: Int64[np.ndarray, " size"] = logits.argmax(dim=-1).numpy()
    return said


def _without(block: Block, stream: Tensor, head: int, way: Way) -> Tensor:
    """The residual stream after a block of which one head is silenced."""
    normed = block.ln_1(stream)
    read = attention_weights(block, stream) @ block.attn.split(block.attn.v_proj(normed))
    read[:, head] = read[:, head].mean(dim=0) if way == "mean" else 0
    after: Tensor = stream + (block.attn.out_proj(_merged(read)) + block.mlp(normed))
    return after


def _merged(
    read: Float[Tensor, "batch head length dim"],
) -> Float[Tensor, "batch length width"]:
    return read.transpose(1, 2).flatten(2)
