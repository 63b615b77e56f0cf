"""Runs a model with one head silenced, in one of three ways.

*zero*: the weighted mean of values that the head outputs becomes zero. *mean*: it becomes its mean
over the inputs, position by position. *pattern*: it becomes zero and all later heads keep their
attention weights, so that the values that they move change and the positions they attend to do
not (olsson2022induction).
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from empirical.heads.executed import attention_weights
from empirical.models.gptj import GPTJ, GPTJBlock

Way: TypeAlias = Literal["zero", "mean", "pattern"]
WAYS: tuple[Way, ...] = get_args(Way)


@torch.inference_mode()
def stream_without(
    model: GPTJ,
    streams: Sequence[Float[Tensor, "batch length width"]],
    layer: int,
    head: int,
    way: Way,
) -> Float[Tensor, "batch length width"]:
    """Returns the residual stream before the final LayerNorm, with one head silenced.

    Args:
        model: a model in evaluation mode, on the CPU.
        streams: the residual streams of the whole model; see ``residual_streams``.
        layer: index of the block.
        head: index of the head in its block.
        way: how the head is silenced.
    """
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
    return stream


def _without(block: GPTJBlock, stream: Tensor, head: int, way: Way) -> Tensor:
    """Returns the residual stream after a block of which one head is silenced."""
    normed = block.ln_1(stream)
    read = attention_weights(block, stream) @ block.attn.split(block.attn.v_proj(normed))
    read[:, head] = read[:, head].mean(dim=0) if way == "mean" else 0
    after: Tensor = stream + (block.attn.out_proj(_merged(read)) + block.mlp(normed))
    return after


def _merged(
    read: Float[Tensor, "batch head length dim"],
) -> Float[Tensor, "batch length width"]:
    return read.transpose(1, 2).flatten(2)
