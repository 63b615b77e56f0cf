"""Translates the heads of GPT-J with smeared keys into canonical heads, on whole inputs."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from empirical.heads import gptj
from empirical.heads.canonical import Head
from empirical.models.config import GPTJConfig
from empirical.models.smeared import SmearedConfig


def heads(
    config: GPTJConfig,
    weights: Mapping[str, Float[np.ndarray, "..."]],
    layer: int,
    stream: Float[np.ndarray, "inputs length width"],
) -> list[Head]:
    """Returns the heads of one block; content ``length · input + position`` is a row of the stream.

    A smeared key mixes the keys of its row and of the row before it in the same input.

    Args:
        config: the shape of a GPT-J model, with smeared keys or without.
        weights: its parameters by name.
        layer: index of the block.
        stream: the residual stream that the block reads.
    """
    inputs, length, width = stream.shape
    plain = gptj.heads(config, weights, layer, stream.reshape(-1, width))
    if not isinstance(config, SmearedConfig):
        return plain
    shares = 1 / (1 + np.exp(-weights[f"transformer.h.{layer}.attn.k_proj.smear"].astype("f8")))

    def smear(keys: np.ndarray, share: float) -> np.ndarray:
        own = keys.reshape(inputs, length, -1)
        before = np.concatenate((own[:, :1], own[:, :-1]), axis=1)
        return np.asarray(share * own + (1 - share) * before).reshape(keys.shape)

    return [
        replace(head, keys=smear(head.keys, share), key_rest=smear(head.key_rest, share))
        for head, share in zip(plain, shares.tolist(), strict=True)
    ]
