"""An estimate and its interval."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

RESAMPLES, SEED, CONFIDENCE = 999, 0, 0.95
"""Of bootstrap intervals, and the share of cases in which an interval is to hold the truth."""


@dataclass(frozen=True)
class Interval:
    """An estimate and its interval at ``CONFIDENCE``; both ends are None for a single case."""

    value: float
    low: float | None
    high: float | None


def resampled(
    statistic: Callable[..., float], *sizes: int, rng: np.random.Generator | None = None
) -> Interval:
    """A statistic of some samples, with its bootstrap percentiles.

    Args:
        statistic: of indices into each of the samples.
        sizes: of the samples; with one that has fewer than two items there is no interval.
        rng: what is drawn from; by default the same for all.
    """
    rng = np.random.default_rng(SEED) if rng is None else rng
    value = float(statistic(*map(np.arange, sizes)))
    if min(sizes) < 2:
        return Interval(value, None, None)
    drawn: list[list[Int64[np.ndarray, " _"]]] = [
        [rng.integers(size, size=size) for size in sizes] for _ in range(RESAMPLES)
    ]
    outside = 50 * (1 - CONFIDENCE)
    values = [statistic(*indices) for indices in drawn]
    low, high = np.percentile(values, [outside, 100 - outside])
    return Interval(value, float(low), float(high))
