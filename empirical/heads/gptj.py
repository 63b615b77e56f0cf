"""Translates the heads of GPT-J into canonical heads."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Float64

from empirical.heads.canonical import Head
from empirical.models.config import GPTJConfig


def heads(
    config: GPTJConfig,
    weights: Mapping[str, Float[np.ndarray, "..."]],
    layer: int,
    contents: Float[np.ndarray, "contents width"],
) -> list[Head]:
    """Returns the heads of one block on rows of the residual stream.

    Pairs are interleaved: plane f is channels ``2f`` and ``2f + 1`` of the first ``rotary_dim``.
    The scale is ``1/√head_dim``.

    Args:
        config: the shape of the model.
        weights: its parameters by Hugging Face name.
        layer: index of the block.
        contents: rows of the residual stream that the block reads; for block 0, embeddings.
    """
    block = f"transformer.h.{layer}"
    normed = layer_norm(
        contents.astype(np.float64),
        weights[f"{block}.ln_1.weight"],
        weights[f"{block}.ln_1.bias"],
        config.layer_norm_epsilon,
    )
    query, key = (
        (normed @ weights[f"{block}.attn.{name}.weight"].T.astype(np.float64)).reshape(
            len(contents), config.n_head, config.head_dim
        )
        for name in ("q_proj", "k_proj")
    )
    rotary = config.rotary_dim
    return [
        Head(
            angles=np.array(config.angles),
            scale=config.head_dim**-0.5,
            queries=_planes(query[:, head, :rotary]),
            keys=_planes(key[:, head, :rotary]),
            query_rest=query[:, head, rotary:],
            key_rest=key[:, head, rotary:],
        )
        for head in range(config.n_head)
    ]


def layer_norm(
    rows: Float64[np.ndarray, "rows width"],
    weight: Float[np.ndarray, " width"],
    bias: Float[np.ndarray, " width"],
    epsilon: float,
) -> Float64[np.ndarray, "rows width"]:
    """Returns the LayerNorm of each row, with the population variance as in torch."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
    normed: Float64[np.ndarray, "rows width"] = centred / deviation * weight + bias
    return normed


def _planes(channels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(channels).view(np.complex128)
