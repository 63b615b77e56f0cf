"""An estimate and its interval."""

from dataclasses import dataclass

RESAMPLES, SEED, CONFIDENCE = 999, 0, 0.95
"""Of bootstrap intervals, and the share of cases in which an interval is to hold the truth."""


@dataclass(frozen=True)
class Interval:
    """An estimate and its interval at ``CONFIDENCE``; both ends are None for a single case."""

    value: float
    low: float | None
    high: float | None
