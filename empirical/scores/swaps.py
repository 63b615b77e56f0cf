"""Computes the positional and the symbolic score: how weights change when two contents swap places.

Scores of urrutia2026heads, App. D: swap two contents, run the layer again, and compare the two
attention weights with the old ones in the same order (positional) and in reverse order (symbolic).
Here no layer is run. The cosine of two pairs of weights equals that of their exponentials
(``swap_cosine_eq_of_unnormalised``), which are entries of the content × position matrix.
"""

import numpy as np
from jaxtyping import Float64

from theory.refusal import Refusal

TEMPERATURE = 1e-4
"""τ of urrutia2026heads, App. D; a smaller τ gives more weight to swaps that move much weight."""


def swap_scores(
    logits: Float64[np.ndarray, "queries contents positions"],
    temperature: float = TEMPERATURE,
    blocks: int | None = None,
) -> tuple[Float64[np.ndarray, " queries"], Float64[np.ndarray, " queries"]]:
    """Returns the positional and the symbolic score of each query, both from 0 to 1.

    A swap of i and j has the weight ``exp(|d_i − d_j| / τ)``, where ``d`` is the softmax over all
    positions, the query's included. The query itself is never swapped.

    Args:
        logits: the content × position matrix of each query; the last position is the query's.
        temperature: τ.
        blocks: number of contiguous blocks of equal length to swap instead of single contents; a
            block has the mean weight of its positions. Earliest positions that fill no block are
            not moved.

    Returns:
        The positional scores, then the symbolic scores.

    Raises:
        Refusal: there are fewer than two parts to swap, or the temperature is not positive.
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

    # The smaller weight of a pair over the larger, before and after the swap: at most 1.
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
    """Returns the log of the mean exponential of block k in the place of block j."""
    size = logits.shape[1] // blocks
    kept = logits[:, -blocks * size :, -blocks * size :]
    cut = kept.reshape(len(logits), blocks, size, blocks, size)
    aligned = np.diagonal(cut, axis1=2, axis2=4)
    means: Float64[np.ndarray, "queries blocks blocks"]
    means = np.logaddexp.reduce(aligned, axis=3) - np.log(size)
    return means
