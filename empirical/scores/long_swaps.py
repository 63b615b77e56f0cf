"""Computes the swap scores of long inputs in memory linear in the length.

The scores are those of ``swaps`` (urrutia2026heads, App. D). A pair has the weight
``exp(|d_i − d_j| / τ)``, so only pairs within ``CUTOFF · τ`` of the largest difference contribute.
Where attention has a peak these are few, and all are used. Where it has none, all pairs have
nearly the same weight, and a sample of them estimates the mean.
"""

import numpy as np
from jaxtyping import Float64, Int

from empirical.heads.tabled import QueriedHead
from empirical.scores.swaps import TEMPERATURE
from theory.refusal import Refusal

CUTOFF = 40.0
"""In units of τ. Pairs farther below the largest difference weigh less than e⁻⁴⁰ as much."""
MOST = 1 << 15
"""The largest number of pairs used; where more contribute, as many are drawn."""

Pairs = Int[np.ndarray, " pairs"]


def long_swap_scores(
    head: QueriedHead,
    contents: Int[np.ndarray, " keys"],
    rng: np.random.Generator,
    temperature: float = TEMPERATURE,
    most: int = MOST,
) -> tuple[float, float]:
    """Returns the positional and the symbolic score of the query at the last position.

    Args:
        head: a head whose window holds all positions.
        contents: the contents at positions 0, 1, …; the last is the query's and is not swapped.
        rng: draws pairs where more than ``most`` contribute, and nothing otherwise.
        temperature: τ.
        most: the largest number of pairs used.

    Returns:
        Both scores, from 0 to 1. Where no more than ``most`` pairs contribute they are computed
        over all of these; otherwise they are estimates from a sample.

    Raises:
        Refusal: there are not two contents to swap.
    """
    keys = len(contents) - 1
    if keys < 2:
        raise Refusal(f"{keys} positions before the query cannot be swapped: give at least 2")
    query, distances = int(contents[-1]), np.arange(keys, -1, -1)
    own = head.at(query, contents, distances)
    weights = np.exp(own - np.logaddexp.reduce(own))[:-1]
    first, second = _pairs(weights, CUTOFF * temperature, rng, most)
    after = head.at(query, contents[second], distances[first]) - head.at(
        query, contents[first], distances[second]
    )
    return _scores(
        own[first] - own[second], after, np.abs(weights[first] - weights[second]), temperature
    )


def long_block_scores(
    head: QueriedHead,
    contents: Int[np.ndarray, " keys"],
    blocks: int,
    temperature: float = TEMPERATURE,
) -> tuple[float, float]:
    """Returns both scores where contiguous blocks of equal length are swapped.

    The weight of a block is the mean weight of its positions.

    Args:
        head: a head whose window holds all positions.
        contents: as in ``long_swap_scores``; earliest positions that fill no block are not moved.
        blocks: number of blocks.
        temperature: τ.

    Raises:
        Refusal: there are fewer contents than blocks, or fewer than two blocks.
    """
    keys = len(contents) - 1
    if not 2 <= blocks <= keys:
        raise Refusal(f"{blocks} blocks of {keys} positions cannot be swapped: give 2 to {keys}")
    size = keys // blocks
    return placed_block_scores(
        head, contents, np.arange(keys)[-blocks * size :].reshape(blocks, size), temperature
    )


def placed_block_scores(
    head: QueriedHead,
    contents: Int[np.ndarray, " keys"],
    places: Int[np.ndarray, "blocks size"],
    temperature: float = TEMPERATURE,
) -> tuple[float, float]:
    """Returns both scores where some blocks of equal length are swapped.

    Args:
        head: a head whose window holds all positions.
        contents: as in ``long_swap_scores``.
        places: the positions of each block, the query's not among them.
        temperature: τ.
    """
    blocks, size = places.shape
    last = len(contents) - 1
    query, distances = int(contents[-1]), last - places
    total = np.logaddexp.reduce(head.at(query, contents, np.arange(last, -1, -1)))
    moved = np.stack(  # entry [k, j]: block k where block j stands
        [
            head.at(query, np.tile(block, blocks), distances.ravel()).reshape(blocks, size)
            for block in contents[places]
        ]
    )
    means = np.logaddexp.reduce(moved, axis=2) - np.log(size)
    own = np.diagonal(means)
    first, second = np.triu_indices(blocks, k=1)
    weights = np.exp(own - total)
    return _scores(
        own[first] - own[second],
        means[second, first] - means[first, second],
        np.abs(weights[first] - weights[second]),
        temperature,
    )


def _pairs(
    weights: Float64[np.ndarray, " keys"], cutoff: float, rng: np.random.Generator, most: int
) -> tuple[Pairs, Pairs]:
    """Returns pairs whose weights differ by at least the largest difference minus ``cutoff``.

    Where there are more than ``most`` such pairs, returns a sample of ``most`` of them.
    """
    order = np.argsort(weights)
    ranked = weights[order]
    least = ranked[-1] - ranked[0] - cutoff
    # For each rank, the number of lower ranks that differ from it by at least ``least``.
    below = np.searchsorted(ranked, ranked - least, side="right")
    below = np.minimum(below, np.arange(ranked.size))
    ends = np.cumsum(below)
    chosen = np.arange(ends[-1]) if ends[-1] <= most else rng.integers(ends[-1], size=most)
    high = np.searchsorted(ends, chosen, side="right")
    low = chosen - (ends[high] - below[high])
    return order[high], order[low]


def _scores(
    before: Float64[np.ndarray, " pairs"],
    after: Float64[np.ndarray, " pairs"],
    moved: Float64[np.ndarray, " pairs"],
    temperature: float,
) -> tuple[float, float]:
    """Returns the weighted mean cosines; see ``swaps.swap_scores``."""
    shares = np.exp((moved - moved.max()) / temperature)
    shares /= shares.sum()
    old, new = np.exp(-np.abs(before)), np.exp(-np.abs(after))
    shares /= np.sqrt((1 + old * old) * (1 + new * new))
    same, other = 1 + old * new, old + new
    agree = (before >= 0) == (after >= 0)
    positional = float(shares @ np.where(agree, same, other))
    return positional, float(shares @ np.where(agree, other, same))
