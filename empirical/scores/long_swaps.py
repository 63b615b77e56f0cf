"""Swap scores of long inputs: only the pairs that count are looked at.

The scores are those of ``swaps`` (urrutia2026heads, App. D). A pair counts by
``exp(|d_i − d_j| / τ)``, so next to the pair that moves most weight only those within ``REACH · τ``
of it count at all: they are few where attention has a peak, and are then all taken. Where it has
none, pairs count alike, and a sample of them gives the mean.
"""

import numpy as np
from jaxtyping import Float64, Int

from empirical.heads.canonical import Head
from empirical.scores.swaps import TEMPERATURE
from theory.refusal import Refusal

REACH = 40.0
"""What lies farther below counts less than e⁻⁴⁰ times as much, which float64 drops."""
MOST = 1 << 15
"""Pairs that are looked at; where more count, so many are drawn."""

Pairs = Int[np.ndarray, " pairs"]


def long_swap_scores(
    head: Head,
    contents: Int[np.ndarray, " keys"],
    rng: np.random.Generator,
    temperature: float = TEMPERATURE,
    most: int = MOST,
) -> tuple[float, float]:
    """Positional and symbolic score of the last of ``contents``, in memory linear in their number.

    Args:
        head: a head that sees all of them.
        contents: the content at positions 0, 1, …; the last one asks and is not swapped.
        rng: which pairs are drawn where more than ``most`` count; else nothing is drawn.
        temperature: τ.
        most: how many pairs are looked at.

    Returns:
        Both scores, exact in float64 where no more than ``most`` pairs count.

    Raises:
        Refusal: there are not two contents to swap.
    """
    keys = len(contents) - 1
    if keys < 2:
        raise Refusal(f"{keys} positions before the query cannot be swapped: give at least 2")
    query, distances = int(contents[-1]), np.arange(keys, -1, -1)
    own = head.at(query, contents, distances)
    weights = np.exp(own - np.logaddexp.reduce(own))[:-1]
    first, second = _pairs(weights, REACH * temperature, rng, most)
    after = head.at(query, contents[second], distances[first]) - head.at(
        query, contents[first], distances[second]
    )
    return _scores(
        own[first] - own[second], after, np.abs(weights[first] - weights[second]), temperature
    )


def long_block_scores(
    head: Head, contents: Int[np.ndarray, " keys"], blocks: int, temperature: float = TEMPERATURE
) -> tuple[float, float]:
    """The same where contiguous blocks of equal length change places, weighed by their means.

    Args:
        head: a head that sees all contents.
        contents: as above; earliest positions that fill no block stay where they are.
        blocks: how many blocks.
        temperature: τ.

    Raises:
        Refusal: there are not so many contents, or not two blocks.
    """
    keys = len(contents) - 1
    if not 2 <= blocks <= keys:
        raise Refusal(f"{blocks} blocks of {keys} positions cannot be swapped: give 2 to {keys}")
    query, distances = int(contents[-1]), np.arange(keys, -1, -1)
    total = np.logaddexp.reduce(head.at(query, contents, distances))
    size = keys // blocks
    kept = contents[:-1][-blocks * size :].reshape(blocks, size)
    places = distances[:-1][-blocks * size :].reshape(blocks, size)
    moved = np.stack(  # entry [k, j]: block k where block j stands
        [
            head.at(query, np.tile(block, blocks), places.ravel()).reshape(blocks, size)
            for block in kept
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
    weights: Float64[np.ndarray, " keys"], reach: float, rng: np.random.Generator, most: int
) -> tuple[Pairs, Pairs]:
    """Pairs whose weights differ by at least the largest difference less ``reach``, or a sample."""
    order = np.argsort(weights)
    ranked = weights[order]
    least = ranked[-1] - ranked[0] - reach
    # For each place in ascending order, how many below it differ by as much.
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
    """Mean cosines, as ``swaps.swap_scores`` derives them."""
    shares = np.exp((moved - moved.max()) / temperature)
    shares /= shares.sum()
    old, new = np.exp(-np.abs(before)), np.exp(-np.abs(after))
    shares /= np.sqrt((1 + old * old) * (1 + new * new))
    same, other = 1 + old * new, old + new
    agree = (before >= 0) == (after >= 0)
    positional = float(shares @ np.where(agree, same, other))
    return positional, float(shares @ np.where(agree, other, same))
