"""What a model's attention really computes, in its own float32, before the softmax."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import torch
from jaxtyping import Float32, Int64

from empirical.models.gptj import GPTJ, rotate

TOKENS_AT_ONCE = 1 << 16
"""Tokens in one pass of the model: what bounds memory."""


def residual_streams(
    model: GPTJ, ids: Int64[np.ndarray, "inputs length"]
) -> Iterator[Float32[np.ndarray, "inputs length width"]]:
    """What each block reads, block after block, for a model in evaluation mode on the CPU."""
    blocks = model.transformer.blocks
    with torch.inference_mode():
        stream = model.transformer.wte(torch.from_numpy(ids))
    for depth, block in enumerate(blocks, start=1):
        yield stream.numpy()
        if depth < len(blocks):
            with torch.inference_mode():
                stream = block(stream, False)


def residual_stream(
    model: GPTJ, ids: Int64[np.ndarray, "inputs length"], layer: int
) -> Float32[np.ndarray, "inputs length width"]:
    """What one block reads."""
    return next(islice(residual_streams(model, ids), layer, None))


@torch.inference_mode()
def last_query_logits(
    model: GPTJ, ids: Int64[np.ndarray, "inputs length"], layer: int
) -> Float32[np.ndarray, "inputs heads length"]:
    """The logits of the last query to every key, as the model's block computes them.

    Args:
        model: a model in evaluation mode, on the CPU.
        ids: token ids.
        layer: which block.
    """
    at_once = max(1, TOKENS_AT_ONCE // ids.shape[1])
    parts = [
        _last_query_logits(model, ids[start : start + at_once], layer)
        for start in range(0, len(ids), at_once)
    ]
    logits: Float32[np.ndarray, "inputs heads length"] = np.concatenate(parts)
    return logits


def _last_query_logits(model: GPTJ, ids: np.ndarray, layer: int) -> np.ndarray:
    block = model.transformer.blocks[layer]
    attention, config = block.attn, model.config
    normed = block.ln_1(torch.from_numpy(residual_stream(model, ids, layer)))
    last = ids.shape[1] - 1
    queries = rotate(attention.split(attention.q_proj(normed[:, last:])), last, config.rotary_dim)
    keys = rotate(attention.split(attention.k_proj(normed)), 0, config.rotary_dim)
    rows: np.ndarray = ((queries @ keys.transpose(-1, -2))[:, :, 0] * config.head_dim**-0.5).numpy()
    return rows
