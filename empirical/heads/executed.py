"""Runs a model's attention in its own float32, and returns its residual streams and logits."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import torch
from jaxtyping import Float, Float32, Int, Int64
from torch import Tensor

from empirical.heads import gptj
from empirical.heads.canonical import Head
from empirical.models.gptj import GPTJ, GPTJBlock, rotate

TOKENS_AT_ONCE = 1 << 16
"""Tokens in one pass of the model: bounds memory."""


def residual_streams(
    model: GPTJ, ids: Int64[np.ndarray, "inputs length"]
) -> Iterator[Float32[np.ndarray, "inputs length width"]]:
    """Yields the residual stream before each block, and last before the final LayerNorm.

    Args:
        model: a model in evaluation mode, on the CPU.
        ids: token ids.
    """
    for stream in stream_tensors(model, torch.from_numpy(ids)):
        yield stream.numpy()


def stream_tensors(
    model: GPTJ, ids: Int[Tensor, "inputs length"]
) -> Iterator[Float[Tensor, "inputs length width"]]:
    """Yields what ``residual_streams`` yields, as tensors.

    Args:
        model: a model in evaluation mode.
        ids: token ids, on the model's device.
    """
    with torch.inference_mode():
        stream = model.transformer.wte(ids)
    for block in model.transformer.blocks:
        yield stream
        with torch.inference_mode():
            stream = block(stream, False)
    yield stream


def residual_stream(
    model: GPTJ, ids: Int64[np.ndarray, "inputs length"], layer: int
) -> Float32[np.ndarray, "inputs length width"]:
    """Returns the residual stream before one block; arguments as in ``residual_streams``."""
    return next(islice(residual_streams(model, ids), layer, None))


def heads_on(
    model: GPTJ, ids: Int64[np.ndarray, "inputs length"]
) -> Iterator[tuple[int, int, Head]]:
    """Yields layer index, head index and canonical head of every head of a model.

    Contents are the positions of all inputs, one input after the other: content
    ``length · input + position`` is that row of the residual stream that the block reads.

    Args:
        model: a model in evaluation mode, on the CPU.
        ids: token ids.
    """
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    streams = residual_streams(model, ids)
    for layer, stream in enumerate(islice(streams, model.config.n_layer)):
        contents = stream.reshape(-1, model.config.n_embd)
        for number, head in enumerate(gptj.heads(model.config, weights, layer, contents)):
            yield layer, number, head


def attention_weights(
    block: GPTJBlock, stream: Float[Tensor, "batch length width"]
) -> Float[Tensor, "batch head length length"]:
    """Returns the causal attention weights of a block's heads; each row sums to 1."""
    attention, config = block.attn, block.attn.config
    normed = block.ln_1(stream)
    query, key = (
        rotate(attention.split(project(normed)), 0, config.angles)
        for project in (attention.q_proj, attention.k_proj)
    )
    square = stream.shape[1], stream.shape[1]
    ahead = torch.ones(square, dtype=torch.bool, device=stream.device).triu(1)
    logits = query @ key.transpose(-1, -2) * config.head_dim**-0.5
    weights: Tensor = logits.masked_fill(ahead, -torch.inf).softmax(dim=-1)
    return weights


@torch.inference_mode()
def last_query_logits(
    model: GPTJ, ids: Int64[np.ndarray, "inputs length"], layer: int
) -> Float32[np.ndarray, "inputs heads length"]:
    """Returns the logits of the last query on every key, as the model's block computes them.

    Args:
        model: a model in evaluation mode, on the CPU.
        ids: token ids.
        layer: index of the block.
    """
    at_once = max(1, TOKENS_AT_ONCE // ids.shape[1])
    pieces = (ids[start : start + at_once] for start in range(0, len(ids), at_once))
    parts = [
        last_query_logits_on(model, residual_stream(model, piece, layer), layer) for piece in pieces
    ]
    logits: Float32[np.ndarray, "inputs heads length"] = np.concatenate(parts)
    return logits


@torch.inference_mode()
def last_query_logits_on(
    model: GPTJ, stream: Float32[np.ndarray, "inputs length width"], layer: int
) -> Float32[np.ndarray, "inputs heads length"]:
    """Returns what ``last_query_logits`` does, of the residual stream before that block.

    Args:
        model: a model in evaluation mode, on the CPU.
        stream: what the block reads; see ``residual_streams``.
        layer: index of the block.
    """
    block = model.transformer.blocks[layer]
    attention, config = block.attn, model.config
    normed = block.ln_1(torch.from_numpy(stream))
    last = stream.shape[1] - 1
    queries = rotate(attention.split(attention.q_proj(normed[:, last:])), last, config.angles)
    keys = rotate(attention.split(attention.k_proj(normed)), 0, config.angles)
    rows: Float32[np.ndarray, "inputs heads length"]
    rows = ((queries @ keys.transpose(-1, -2))[:, :, 0] * config.head_dim**-0.5).numpy()
    return rows
