"""Formats a survey for the terminal: a summary by role, the layers, and one line per head."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.table import Table

from empirical.survey.interval import Interval
from empirical.survey.report import HeadReport
from theory.refusal import Refusal

COLUMNS = {
    "first": "first",
    "token_positional": "pos.",
    "token_symbolic": "symb.",
    "previous": "prev.",
    "prefix": "prefix",
    "duplicate": "dupl.",
    "standing": "copies",
    "angle": "mean θ",
}
"""Headings of the measures in the table of heads."""
LOSS = "×loss"
"""Heading of the loss on second copies without the head, in units of that with it."""
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


@dataclass(frozen=True)
class Listing:
    """Which heads the table lists, and in which order.

    Attributes:
        role: of those that are listed; all if None.
        measure: by which they are sorted, the largest first; by place if None.
        top: how many at most; all if None.
    """

    role: str | None
    measure: str | None
    top: int | None

    @classmethod
    def asked(cls, role: str | None, heading: str | None, top: int | None) -> "Listing":
        """The listing of a role and a column's heading.

        Raises:
            Refusal: there is no such role or column.
        """
        measures = {shown: measure for measure, shown in COLUMNS.items()} | {LOSS: LOSS}
        if role is not None and role not in ROLES:
            raise Refusal(f"no role is called {role!r}: choose one of {', '.join(ROLES)}")
        if heading is not None and heading not in measures:
            raise Refusal(f"no column is called {heading!r}: choose one of {', '.join(measures)}")
        return cls(role, None if heading is None else measures[heading], top)

    def of(self, reports: Sequence[HeadReport]) -> list[HeadReport]:
        """The heads that are listed, in order."""
        found = [row for row in reports if self.role is None or self.role in row.labels]
        found.sort(key=lambda row: (row.layer, row.head))
        if self.measure is not None:
            measured = self.measure
            found.sort(key=lambda row: _value(row, measured), reverse=True)
        return found[: self.top]


def _value(row: HeadReport, measure: str) -> float:
    interval = _loss(row) if measure == LOSS else row.means.get(measure)
    return float("-inf") if interval is None else interval.value


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
        named = [f"{name_of(row)} {_interval(row.means[measure])}" for row in having[:STRONGEST]]
        if untold := sum(role in row.untold for row in reports):
            named.append(f"{untold} more not told from chance: give more prompts")
        lines.add_row(role, str(len(having)), ", ".join(named))
    removed = [(row, loss) for row in reports if (loss := _loss(row)) is not None]
    removed.sort(key=lambda pair: pair[1].value, reverse=True)
    if removed:
        named = [f"{name_of(row)} {_interval(loss)}" for row, loss in removed[:STRONGEST]]
        lines.add_row("second copies lose most", "", ", ".join(named))
    return lines


def depths(reports: Sequence[HeadReport]) -> Table:
    """Returns the number of heads of each role in each quarter of the layers.

    Args:
        reports: all heads at one length.
    """
    layers = max(row.layer for row in reports) + 1
    quarters = min(4, layers)
    ends = [layers * quarter // quarters for quarter in range(quarters + 1)]
    lines = Table(box=None, pad_edge=False)
    lines.add_column("layers", no_wrap=True)
    for first, after in pairwise(ends):
        name = str(first) if first == after - 1 else f"{first} to {after - 1}"
        lines.add_column(name, justify="right", no_wrap=True)
    for role in ROLES:
        having = [row.layer for row in reports if role in row.labels]
        counts = [
            sum(first <= layer < after for layer in having) for first, after in pairwise(ends)
        ]
        lines.add_row(role, *map(str, counts))
    return lines


def table(reports: Sequence[HeadReport]) -> Table:
    """Returns what each head attends to, without a cut number on 80 columns.

    Args:
        reports: heads at one length, in the order to be shown.
    """
    lines = Table(box=None, pad_edge=False, collapse_padding=True)
    lines.add_column("head", no_wrap=True)
    caused = any(row.effects for row in reports)
    for heading in (*COLUMNS.values(), *([LOSS] if caused else []), "lost at"):
        lines.add_column(heading, justify="right", no_wrap=heading != "lost at")
    lines.add_column("is", overflow="fold")
    for row in reports:
        lines.add_row(
            name_of(row),
            *(_cell(row.means.get(name)) for name in COLUMNS),
            *([_cell(_loss(row))] if caused else []),
            "" if row.lost is None else str(row.lost),
            ", ".join(row.labels),
        )
    return lines


def name_of(row: HeadReport) -> str:
    """Layer and head, such as ``L3H0``."""
    return f"L{row.layer}H{row.head}"


def _loss(row: HeadReport) -> Interval | None:
    """The loss on second copies without the head, in units of that with it."""
    effect = row.effects.get("zero")
    return None if effect is None else effect.copies


def _interval(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return f"{interval.value:.2f}"
    return f"{interval.value:.2f} ({interval.low:.2f}–{interval.high:.2f})"


def _cell(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.value:.2f}"
