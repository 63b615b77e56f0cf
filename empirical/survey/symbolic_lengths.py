"""Heads that are symbolic on short prompts, on longer ones, beside floors of their own angles.

A head that goes by contents alone keeps its target however far the prompt grows; angles that turn
by much on the way take its lead. What is measured at each length stands beside the floor there: the
least lead that the head's own closed form leaves over all arrangements of the same contents.

Heads whose window hides tokens of the longest prompts see no more of these than of shorter ones,
and are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from empirical.survey.interval import Interval
from empirical.survey.report import HeadReport

ROLE, SCORE, LEAD = "symbolic", "token_symbolic", "margin"


@dataclass(frozen=True)
class SymbolicHead:
    """One head that is symbolic on the shortest prompts, at one length.

    Attributes:
        layer: the block.
        head: the head of the block.
        length: tokens of a prompt.
        prompts: how many.
        symbolic: whether it has the role at this length too.
        score: its symbolic score, the first token left out.
        lead: of the last token's target over the next logit.
        floor: the least lead over all arrangements of any of these prompts' contents, with the
            first token kept first where it is seen; None where the target is hidden.
    """

    layer: int
    head: int
    length: int
    prompts: int
    symbolic: bool
    score: Interval
    lead: Interval
    floor: float | None

    @classmethod
    def of(cls, report: HeadReport) -> "SymbolicHead":
        """What is kept of a report."""
        floors = {int(length): floor for length, floor in report.floor.items()}
        return cls(
            layer=report.layer,
            head=report.head,
            length=report.length,
            prompts=report.prompts,
            symbolic=ROLE in report.labels,
            score=report.means[SCORE],
            lead=report.means[LEAD],
            floor=floors[report.length],
        )


@dataclass(frozen=True)
class SymbolicLength:
    """All such heads at one length.

    Attributes:
        length: tokens of a prompt.
        prompts: how many.
        heads: how many heads.
        still: how many have the role at this length.
        score: the median of their symbolic scores.
        lead: the median of their leads.
        floor: the median of their floors.
        kept: how many have a floor above zero, so that no arrangement takes their lead.
    """

    length: int
    prompts: int
    heads: int
    still: int
    score: float
    lead: float
    floor: float
    kept: int


def symbolic_heads(
    reports: Iterable[HeadReport], windows: Sequence[int | None]
) -> list[SymbolicHead]:
    """The heads that are symbolic on the shortest prompts and see all of the longest.

    Args:
        reports: of every head at every length.
        windows: of each layer.
    """
    rows = list(reports)
    shortest, longest = (choose(row.length for row in rows) for choose in (min, max))
    chosen = {
        (row.layer, row.head)
        for row in rows
        if row.length == shortest
        and ROLE in row.labels
        and (windows[row.layer] or longest) >= longest
    }
    return [SymbolicHead.of(row) for row in rows if (row.layer, row.head) in chosen]


def by_length(heads: Sequence[SymbolicHead]) -> list[SymbolicLength]:
    """One row for each length, the shortest first."""
    rows = []
    for length in sorted({head.length for head in heads}):
        some = [head for head in heads if head.length == length]
        floors = [-np.inf if head.floor is None else head.floor for head in some]
        rows.append(
            SymbolicLength(
                length=length,
                prompts=some[0].prompts,
                heads=len(some),
                still=sum(head.symbolic for head in some),
                score=float(np.median([head.score.value for head in some])),
                lead=float(np.median([head.lead.value for head in some])),
                floor=float(np.median(floors)),
                kept=sum(floor > 0 for floor in floors),
            )
        )
    return rows
