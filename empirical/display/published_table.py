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
    outcome = str(row.outcome) if row.measured is None else f"{row.outcome}: {number(row.measured)}"
    told = Text(f"{outcome}; {row.reason}; published: {row.published}")
    return Group(Text(row.claim), Padding(told, (0, 0, 0, 4)))


def number(interval: Interval | None) -> str:
    """The number and its interval, with minus signs."""
    if interval is None:
        return "–"
    if interval.low is None or interval.high is None:
        return _short(interval.value)
    return f"{_short(interval.value)} ({_short(interval.low)} to {_short(interval.high)})"


def _short(value: float) -> str:
    """Two decimal places, or two digits of what is smaller than a tenth."""
    digits = f"{value:.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"
    return digits.replace("-", "−")
