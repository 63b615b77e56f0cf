"""Positional and symbolic score: how attention answers when contents change places.

Scores of urrutia2026heads, App. D: swap two contents, run this layer again, and compare the two
weights with what they were (positional) and with what they were the other way round (symbolic).
No layer is run here: the cosine of two weights is that of their exponentials
(``swap_cosine_eq_of_unnormalised``), and these are entries of the content × position matrix.
"""

import numpy as np
from jaxtyping import Float64

from theory.refusal import Refusal

TEMPERATURE = 1e-4
"""τ of urrutia2026heads, App. D: how strongly swaps that move much weight count."""


def swap_scores(
    logits: Float64[np.ndarray, "queries contents positions"],
    temperature: float = TEMPERATURE,
    blocks: int | None = None,
) -> tuple[Float64[np.ndarray, " queries"], Float64[np.ndarray, " queries"]]:
    """The positional and the symbolic score of each query, both from 0 to 1.

    A swap of i and j counts by ``exp(|d_i − d_j| / τ)``, ``d`` the softmax over all positions, the
    query's included; the query itself is never swapped.

    Args:
        logits: the content × position matrix of each query; the last position asks.
        temperature: τ.
        blocks: swap this many contiguous blocks of equal length, weighed by their means, instead
            of single contents; earliest positions that fill no block stay where they are.

    Returns:
        Positional scores, then symbolic ones.

    Raises:
        Refusal: there are not two things to swap, or the temperature is not positive.
    """
    keys = logits.shape[1] - 1
    count = keys if blocks is None else blocks
    if not 2 <= count <= keys:
        raise Refusal(f"{count} parts of {keys} positions cannot be swapped: give 2 to {keys}")
    if not temperature > 0:
        raise Refusal(f"temperature is {temperature}: give a positive number")
    total = np.logaddexp.reduce(np.diagonal(logits, axis1=1, axis2=2), axis=1)
    moved = logits[:, :-1, :-1] if count == keys else _block_means(logits[:, :-1, :-1], count)
    own = np.diagonal(moved, axis1=1, axis2=2)
    first, second = np.triu_indices(count, k=1)
    before = own[:, first] - own[:, second]
    after = moved[:, second, first] - moved[:, first, second]

    weights = np.exp(own - total[:, None])
    shares = np.abs(weights[:, first] - weights[:, second])
    shares = np.exp((shares - shares.max(axis=1, keepdims=True)) / temperature)
    shares /= shares.sum(axis=1, keepdims=True)

    # The smaller weight of a pair over the larger, before and after: never above 1.
    old, new = np.exp(-np.abs(before)), np.exp(-np.abs(after))
    shares /= np.sqrt((1 + old * old) * (1 + new * new))
    same, other = 1 + old * new, old + new
    agree = (before >= 0) == (after >= 0)
    positional = (shares * np.where(agree, same, other)).sum(axis=1)
    symbolic = (shares * np.where(agree, other, same)).sum(axis=1)
    return positional, symbolic


def _block_means(
    logits: Float64[np.ndarray, "queries keys keys"], blocks: int
) -> Float64[np.ndarray, "queries blocks blocks"]:
    """Log of the mean exponential when block k stands where block j stands."""
    size = logits.shape[1] // blocks
    kept = logits[:, -blocks * size :, -blocks * size :]
    cut = kept.reshape(len(logits), blocks, size, blocks, size)
    aligned = np.diagonal(cut, axis1=2, axis2=4)
    means: Float64[np.ndarray, "queries blocks blocks"]
    means = np.logaddexp.reduce(aligned, axis=3) - np.log(size)
    return means
