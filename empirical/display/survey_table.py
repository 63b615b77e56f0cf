"""How a survey is shown: one row per head, the longest length last."""

from collections.abc import Sequence

from rich.table import Table

from empirical.survey.report import HeadReport, Interval

COLUMNS = {
    "positional": "pos.",
    "symbolic": "symb.",
    "previous": "prev.",
    "prefix": "prefix",
    "copying": "copying",
    "angle": "mean θ",
    "margin": "margin",
}
"""Measures that are shown, with half the width of their intervals."""


def table(title: str, reports: Sequence[HeadReport]) -> Table:
    """What each head attends by at each length; everything else is in the JSON."""
    shown = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    shown.add_column("head")
    for heading in ("n", *COLUMNS.values(), "gone at"):
        shown.add_column(heading, justify="right")
    shown.add_column("is")
    for row in sorted(reports, key=lambda row: (row.layer, row.head, row.length)):
        shown.add_row(
            f"L{row.layer}H{row.head}",
            str(row.length),
            *(_cell(row.means.get(name)) for name in COLUMNS),
            "" if row.vanishes is None else str(row.vanishes),
            ", ".join(row.labels),
        )
    return shown


def _cell(interval: Interval | None) -> str:
    if interval is None:
        return ""
    if interval.low is None or interval.high is None:
        return f"{interval.value:.2f}"
    return f"{interval.value:.2f}±{(interval.high - interval.low) / 2:.2f}"
