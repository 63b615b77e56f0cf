"""Converts constructions that GPT-J can hold into its parameters, by Hugging Face name.

GPT-J normalises before its block, turns leading planes by ``10000^(-2k/rotary_dim)``, divides
logits by the root of the head's width and always keeps the residual. A one-layer construction
fits if its turning planes are rungs of such a ladder and its rows are made of one token each:
one-hot rows all have the same mean and variance, so the weight and bias of the LayerNorm undo it.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int

from constructions.construction import Construction, Network
from constructions.ladder import in_radians, rope_ladder

BASE = 10000.0
EPSILON = 1e-5
CHANNELS = 64
"""GPT-J's own number of rotated channels, the largest that is tried."""


@dataclass(frozen=True, eq=False)
class GPTJWeights:
    """A GPT-J model of one block and one head that answers as the construction does.

    Attributes:
        vocabulary: number of token ids.
        width: of the stream and of the head; an even number.
        rotary: number of leading channels of the head that turn.
        weights: parameters by Hugging Face name, float32, with an MLP of width 1 that is zero.
    """

    vocabulary: int
    width: int
    rotary: int
    weights: dict[str, Float32[np.ndarray, "..."]]


def gptj_weights(network: Network, beta: float) -> GPTJWeights | None:
    """Returns the construction as GPT-J parameters, or ``None`` if GPT-J cannot hold it.

    The stream holds the token first and the output of the head second. The unembedding reads the
    second, and the first too where the construction has a residual. The final LayerNorm changes no
    order among logits.

    Args:
        network: any construction.
        beta: finite inverse temperature; it multiplies the queries.
    """
    if not isinstance(network, Construction) or network.embedding_of_previous is not None:
        return None
    (head,) = network.layer.heads
    turning, still = np.flatnonzero(head.angles), np.flatnonzero(head.angles == 0)
    ladder = _rungs(head.angles[turning])
    if ladder is None:
        return None
    rotary, rungs = ladder
    size = network.vocabulary
    width = max(2 * size, rotary + 2 * still.size)
    places = np.concatenate([rungs, rotary // 2 + np.arange(still.size)])
    channels = np.ravel(np.stack([2 * places, 2 * places + 1], axis=-1))
    planes = np.concatenate([turning, still])
    source = np.ravel(np.stack([2 * planes, 2 * planes + 1], axis=-1))

    def projection(matrix: Float[np.ndarray, "tokens channels"]) -> Float[np.ndarray, "out in"]:
        placed = np.zeros((width, width))
        placed[channels[:, None], np.arange(size)] = matrix.T[source]
        return placed

    value, output = np.zeros((width, width)), np.zeros((width, width))
    value[: head.value.shape[1], :size] = head.value.T
    output[size : 2 * size, : head.output.shape[0]] = head.output.T
    read = np.hstack([np.eye(size) * network.layer.residual, np.eye(size, width - size)])
    variance = 1 / width - 1 / width**2
    block = "transformer.h.0"
    weights = {
        "transformer.wte.weight": np.eye(size, width),
        f"{block}.ln_1.weight": np.full(width, math.sqrt(variance + EPSILON)),
        f"{block}.ln_1.bias": np.full(width, 1 / width),
        f"{block}.attn.q_proj.weight": projection(head.query) * beta * math.sqrt(width),
        f"{block}.attn.k_proj.weight": projection(head.key),
        f"{block}.attn.v_proj.weight": value,
        f"{block}.attn.out_proj.weight": output,
        f"{block}.mlp.fc_in.weight": np.zeros((1, width)),
        f"{block}.mlp.fc_in.bias": np.zeros(1),
        f"{block}.mlp.fc_out.weight": np.zeros((width, 1)),
        f"{block}.mlp.fc_out.bias": np.zeros(width),
        "transformer.ln_f.weight": np.ones(width),
        "transformer.ln_f.bias": np.zeros(width),
        "lm_head.weight": read,
        "lm_head.bias": np.zeros(size),
    }
    return GPTJWeights(
        size, width, rotary, {name: array.astype(np.float32) for name, array in weights.items()}
    )


def _rungs(angles: Float[np.ndarray, " planes"]) -> tuple[int, Int[np.ndarray, " planes"]] | None:
    """Returns the length of the shortest ladder that has all angles, and the rung of each.

    Returns ``None`` if no ladder of up to ``CHANNELS`` channels has them.
    """
    for rotary in range(max(2, 2 * angles.size), CHANNELS + 1, 2):
        ladder = np.array(in_radians(rope_ladder(BASE, rotary)))
        rungs = np.abs(ladder - angles[:, None]).argmin(axis=1)
        if np.unique(rungs).size == angles.size and np.allclose(ladder[rungs], angles, 1e-12, 0):
            return rotary, rungs
    return None
