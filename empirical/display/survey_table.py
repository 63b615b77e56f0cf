"""Formats a survey as a table for the terminal: one line per head and length."""

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
"""Headings of the measures in the table; each is shown with half the width of its interval."""


def table(title: str, reports: Sequence[HeadReport]) -> Table:
    """Returns what each head attends to at each length; the JSON holds everything else."""
    lines = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    lines.add_column("head")
    for heading in ("n", *COLUMNS.values(), "lost at"):
        lines.add_column(heading, justify="right")
    lines.add_column("is")
    for row in sorted(reports, key=lambda row: (row.layer, row.head, row.length)):
        lines.add_row(
            f"L{row.layer}H{row.head}",
            str(row.length),
            *(_cell(row.means.get(name)) for name in COLUMNS),
            "" if row.lost is None else str(row.lost),
            ", ".join(row.labels),
        )
    return lines


def _cell(interval: Interval | None) -> str:
    if interval is None:
        return ""
    if interval.low is None or interval.high is None:
        return f"{interval.value:.2f}"
    return f"{interval.value:.2f}±{(interval.high - interval.low) / 2:.2f}"
