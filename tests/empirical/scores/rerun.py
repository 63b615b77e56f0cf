"""The slow twins: contents really change places, and the torch layer really runs again."""

import math
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn import functional

from empirical.models.gptj import GPTJBlock

Scores = tuple[float, float]


def attention(block: GPTJBlock, stream: Tensor) -> tuple[Tensor, Tensor]:
    """Run a block on ``[length, width]``: causal logits and weights, ``[heads, length, length]``.

    The weights are what the attention kernel itself gives to the unit vectors.
    """
    seen: list[Tensor] = []
    kernel = functional.scaled_dot_product_attention

    def spy(query: Tensor, key: Tensor, value: Tensor, **how: Any) -> Tensor:
        heads, length = query.shape[1:3]
        units = torch.eye(length, dtype=query.dtype).expand(1, heads, -1, -1)
        seen.append((query @ key.transpose(-1, -2))[0] / math.sqrt(query.shape[3]))
        seen.append(kernel(query, key, units, **how)[0])
        return kernel(query, key, value, **how)

    with torch.inference_mode(), patch.object(functional, "scaled_dot_product_attention", spy):
        block(stream[None], False)
    logits, weights = seen
    return logits, weights


def swap_scores(
    block: GPTJBlock, stream: Tensor, position: int, temperature: float, blocks: int
) -> list[Scores]:
    """Positional and symbolic score of each head's query at a position."""
    size = position // blocks
    starts = [position - size * (blocks - number) for number in range(blocks)]
    before = attention(block, stream)[1]
    terms: list[list[tuple[float, float, float]]] = [[] for _ in before]
    for number, first in enumerate(starts):
        for second in starts[number + 1 :]:
            swapped = stream.clone()
            swapped[first : first + size] = stream[second : second + size]
            swapped[second : second + size] = stream[first : first + size]
            after = attention(block, swapped)[1]
            for head, of_head in enumerate(terms):
                old, new = (
                    [
                        sum(float(w[head, position, start + r]) for r in range(size)) / size
                        for start in (first, second)
                    ]
                    for w in (before, after)
                )
                turned = old[::-1]
                of_head.append((abs(old[0] - old[1]), cosine(new, old), cosine(new, turned)))
    return [_mean(of_head, temperature) for of_head in terms]


def cosine(u: list[float], v: list[float]) -> float:
    """The cosine of the angle between two vectors."""
    product = sum(a * b for a, b in zip(u, v, strict=True))
    return product / (math.hypot(*u) * math.hypot(*v))


def _mean(terms: list[tuple[float, float, float]], temperature: float) -> Scores:
    most = max(moved for moved, _, _ in terms)
    total = positional = symbolic = 0.0
    for moved, kept, exchanged in terms:
        share = math.exp((moved - most) / temperature)
        total += share
        positional += share * kept
        symbolic += share * exchanged
    return positional / total, symbolic / total


def entropy(block: GPTJBlock, stream: Tensor, position: int) -> list[float]:
    """Entropy of each head's weights over that of uniform ones."""
    weights = attention(block, stream)[1][:, position, : position + 1]
    return [
        -sum(w * math.log(w) for w in row if w > 0) / math.log(position + 1)
        for row in weights.tolist()
    ]


def alone(block: GPTJBlock, channels: list[int]) -> GPTJBlock:
    """The block with all but some query channels silenced; it is changed in place."""
    with torch.no_grad():
        kept = torch.zeros(len(block.attn.q_proj.weight), 1, dtype=torch.float64)
        kept[channels] = 1
        block.attn.q_proj.weight *= kept
    return block


def component_channels(block: GPTJBlock, head: int, component: int) -> list[int]:
    """The query channels of one component of one head: a pair, or all that are not rotated."""
    config = block.attn.config
    start = head * config.head_dim
    if component < config.rotary_dim // 2:
        return [start + 2 * component, start + 2 * component + 1]
    return list(range(start + config.rotary_dim, start + config.head_dim))
