"""The shipped multi-hop models of which ``ropeproof reach`` has a table."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from empirical.mechanism import reach_table
from empirical.mechanism.reach_table import ReachTable
from empirical.shipped.checkpoints import recorded


def reached() -> list[tuple[Path, ReachTable]]:
    """Directory and table of each, in alphabetical order."""
    tables = ((path, reach_table.read(path)) for path in recorded())
    return [(path, table) for path, table in tables if table is not None]


def ready() -> bool:
    """Whether both tasks have one."""
    return {table.task for _, table in reached()} >= {"number", "letter"}


def accuracy(name: str, table: ReachTable) -> Iterator[dict[str, Any]]:
    """One row per length: right answers, and the promise of the first head to fail."""
    promised = dict(zip(table.lengths, table.weakest, strict=True))
    for length, count in table.accuracy.items():
        low, high = count.interval()
        yield {
            "model": name,
            "length": length,
            "accuracy": count.correct / count.total,
            "low": low,
            "high": high,
            "promised": promised.get(length),
        }
