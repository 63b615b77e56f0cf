"""Formats what a real language model says of published claims, for the terminal."""

from collections.abc import Sequence

from rich.table import Table

from empirical.survey.interval import Interval
from empirical.survey.published.row import PublishedRow


def table(name: str, rows: Sequence[PublishedRow]) -> Table:
    """Returns one line per claim: what it says, the number with its interval, and the verdict.

    Args:
        name: of the model.
        rows: its rows.
    """
    lines = Table(box=None, pad_edge=False, title=name, title_justify="left", title_style="bold")
    lines.add_column("claim", overflow="fold")
    lines.add_column("published", overflow="fold")
    lines.add_column("measured, 95 %", no_wrap=True)
    lines.add_column("verdict", overflow="fold")
    for row in rows:
        lines.add_row(row.claim, row.published, number(row.measured), str(row.outcome))
    return lines


def number(interval: Interval | None) -> str:
    """The number and its interval."""
    if interval is None:
        return "–"
    if interval.low is None or interval.high is None:
        return f"{interval.value:.2f}"
    return f"{interval.value:.2f} ({interval.low:.2f}–{interval.high:.2f})"
