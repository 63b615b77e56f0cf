"""Formats what a real language model says of published claims, for the terminal."""

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from empirical.survey.interval import Interval
from empirical.survey.published.row import PublishedRow


def shown(row: PublishedRow) -> Group:
    """Returns what a claim says, and below it the verdict with its numbers.

    Args:
        row: of one model.
    """
    found = str(row.outcome) if row.measured is None else f"{row.outcome}: {number(row.measured)}"
    told = Text(f"{found}; {row.reason}; published: {row.published}")
    return Group(Text(row.claim), Padding(told, (0, 0, 0, 4)))


def number(interval: Interval | None) -> str:
    """The number and its interval, with minus signs."""
    if interval is None:
        return "–"
    if interval.low is None or interval.high is None:
        return _two(interval.value)
    return f"{_two(interval.value)} ({_two(interval.low)} to {_two(interval.high)})"


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
