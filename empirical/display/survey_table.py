"""Formats a survey for the terminal: a summary by role, and one line per head."""

from collections.abc import Sequence

from rich.table import Table

from empirical.survey.report import HeadReport, Interval

COLUMNS = {
    "first": "first",
    "token_positional": "pos.",
    "token_symbolic": "symb.",
    "previous": "prev.",
    "prefix": "prefix",
    "duplicate": "dupl.",
    "standing": "copies",
    "angle": "mean θ",
    "margin": "margin",
}
"""Headings of the measures in the table of heads."""
ROLES = {
    "induction": "prefix",
    "prefix matching": "prefix",
    "duplicate token": "duplicate",
    "previous token": "previous",
    "sink": "first",
    "positional": "token_positional",
    "symbolic": "token_symbolic",
}
"""Roles, each with the measure that says how strong it is."""
STRONGEST = 10
"""Heads of each role that the summary names."""


def summary(reports: Sequence[HeadReport]) -> Table:
    """Returns how many heads have each role, and the strongest with their intervals.

    Args:
        reports: all heads at one length.
    """
    lines = Table(box=None, pad_edge=False)
    lines.add_column("role", no_wrap=True)
    lines.add_column("heads", justify="right", no_wrap=True)
    lines.add_column("strongest, with 95 % intervals")
    for role, measure in ROLES.items():
        having = [row for row in reports if role in row.labels]
        having.sort(key=lambda row: row.means[measure].value, reverse=True)
        named = [f"{_name(row)} {_interval(row.means[measure])}" for row in having[:STRONGEST]]
        lines.add_row(role, str(len(having)), ", ".join(named))
    return lines


def table(reports: Sequence[HeadReport]) -> Table:
    """Returns what each head attends to, without a cut number on 80 columns.

    Args:
        reports: all heads at one length.
    """
    lines = Table(box=None, pad_edge=False, collapse_padding=True)
    lines.add_column("head", no_wrap=True)
    for heading in (*COLUMNS.values(), "lost at"):
        lines.add_column(heading, justify="right", no_wrap=heading != "lost at")
    lines.add_column("is", overflow="fold")
    for row in sorted(reports, key=lambda row: (row.layer, row.head)):
        lines.add_row(
            _name(row),
            *(_cell(row.means.get(name)) for name in COLUMNS),
            "" if row.lost is None else str(row.lost),
            ", ".join(row.labels),
        )
    return lines


def _name(row: HeadReport) -> str:
    return f"L{row.layer}H{row.head}"


def _interval(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return f"{interval.value:.2f}"
    return f"{interval.value:.2f} ({interval.low:.2f}–{interval.high:.2f})"


def _cell(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.value:.2f}"
