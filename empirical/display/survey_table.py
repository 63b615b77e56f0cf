"""Formats a survey for the terminal: a summary by role on one screen, and one line per head."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.table import Table

from empirical.survey.interval import Interval
from empirical.survey.report import ROLES, HeadReport
from empirical.survey.symbolic_lengths import SymbolicLength
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
STRONGEST = 2
"""Heads of each role that the summary names: with more it would not fit on one screen."""


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

    @property
    def any(self) -> bool:
        """Whether heads are listed one by one at all."""
        return any(choice is not None for choice in (self.role, self.measure, self.top))

    @classmethod
    def asked(cls, role: str | None, heading: str | None, top: int | None) -> "Listing":
        """The listing of a role and a column's heading.

        Raises:
            Refusal: there is no such role or column.
        """
        measures = {title: measure for measure, title in COLUMNS.items()} | {LOSS: LOSS}
        if role is not None and role not in ROLES:
            raise Refusal(f"no role is called {role!r}: choose one of {', '.join(ROLES)}")
        if heading is not None and heading not in measures:
            raise Refusal(f"no column is called {heading!r}: choose one of {', '.join(measures)}")
        return cls(role, None if heading is None else measures[heading], top)

    def of(self, reports: Sequence[HeadReport]) -> list[HeadReport]:
        """The heads that are listed, in order."""
        listed = [row for row in reports if self.role is None or self.role in row.labels]
        listed.sort(key=lambda row: (row.layer, row.head))
        if self.measure is not None:
            measured = self.measure
            listed.sort(key=lambda row: _value(row, measured), reverse=True)
        return listed[: self.top]


def _value(row: HeadReport, measure: str) -> float:
    interval = _loss(row) if measure == LOSS else row.means.get(measure)
    return float("-inf") if interval is None else interval.value


def summary(reports: Sequence[HeadReport]) -> Table:
    """Returns how many heads have each role, in all and by layers, and the strongest.

    Args:
        reports: all heads at one length.
    """
    lines = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    lines.add_column("role", no_wrap=True)
    lines.add_column("heads", justify="right", no_wrap=True)
    quarters = _quarters(reports)
    for layers in quarters:
        name = f"{layers[0]}" if len(layers) == 1 else f"{layers[0]}–{layers[-1]}"
        lines.add_column(name, justify="right", no_wrap=True)
    lines.add_column("strongest", no_wrap=True)
    caused = any(row.effects for row in reports)
    if caused:
        lines.add_column(LOSS, justify="right", no_wrap=True)
    for role, measure in ROLES.items():
        having = [row for row in reports if role in row.labels]
        having.sort(key=lambda row: row.means[measure].value, reverse=True)
        counts = [len(having), *(sum(row.layer in layers for row in having) for layers in quarters)]
        named = having[:STRONGEST]
        lines.add_row(
            role,
            *map(str, counts),
            "\n".join(f"{name_of(row)} {_interval(row.means[measure])}" for row in named),
            *(["\n".join(_cell(_loss(row)) for row in named)] if caused else []),
        )
    return lines


def _quarters(reports: Sequence[HeadReport]) -> list[range]:
    """The layers of each quarter of a model, or each layer of a model with fewer than four."""
    layers = max(row.layer for row in reports) + 1
    count = min(4, layers)
    ends = [layers * quarter // count for quarter in range(count + 1)]
    return [range(first, after) for first, after in pairwise(ends)]


def needed(reports: Sequence[HeadReport]) -> str:
    """Says which heads second copies need most, with intervals; nothing if none was removed.

    Args:
        reports: all heads at one length.
    """
    removed = [(row, loss) for row in reports if (loss := _loss(row)) is not None]
    removed.sort(key=lambda pair: pair[1].value, reverse=True)
    named = ", ".join(f"{name_of(row)} {_interval(loss)}" for row, loss in removed[:STRONGEST])
    return named and f"{LOSS}, on second copies without the head, is most for {named}"


def untold(reports: Sequence[HeadReport]) -> str:
    """Says how many heads miss a role only because of its test; nothing if none does.

    Args:
        reports: all heads at one length.
    """
    counts = {role: sum(role in row.untold for row in reports) for role in ROLES}
    named = ", ".join(f"{count} {role}" for role, count in counts.items() if count)
    return named and f"not told from chance, give more prompts: {named}"


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


def along_lengths(rows: Sequence[SymbolicLength]) -> Table:
    """Returns how heads that are symbolic on the shortest prompts fare on longer ones.

    Args:
        rows: one for each length.
    """
    lines = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("tokens", "prompts", "symbolic", "score", "lead", "floor", "kept"):
        lines.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        lines.add_row(
            str(row.length),
            str(row.prompts),
            f"{row.still}/{row.heads}",
            *(f"{value:.2f}" for value in (row.score, row.lead, row.floor)),
            f"{row.kept}/{row.heads}",
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
