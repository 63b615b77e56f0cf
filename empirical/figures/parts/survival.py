"""Reads the tables of ``ropeproof survival`` of the shipped multi-hop models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from empirical.mechanism import survival_table
from empirical.mechanism.survival_table import SurvivalTable
from empirical.shipped.checkpoints import recorded


def tables() -> list[tuple[Path, SurvivalTable]]:
    """Returns directory and table of each model that has one, in alphabetical order."""
    pairs = ((path, survival_table.read(path)) for path in recorded())
    return [(path, table) for path, table in pairs if table is not None]


def ready() -> bool:
    """Returns whether the number and the letter task have a table."""
    return {table.task for _, table in tables()} >= {"number", "letter"}


def accuracy_rows(name: str, table: SurvivalTable) -> Iterator[dict[str, Any]]:
    """Yields one row per length: right answers, and the least forecast share of kept peaks.

    Args:
        name: of the model.
        table: its table.
    """
    forecast = dict(zip(table.lengths, table.least_forecast_kept, strict=True))
    for length, count in table.accuracy.items():
        low, high = count.interval()
        yield {
            "model": name,
            "length": length,
            "accuracy": count.correct / count.total,
            "low": low,
            "high": high,
            "forecast": forecast.get(length),
        }
