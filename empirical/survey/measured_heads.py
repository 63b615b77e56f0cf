"""Every head of a model on random repeats, as ``ropeproof heads`` measures it by default."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from empirical.foreign.reading import Stored
from empirical.survey.cause_unit import removal_records
from empirical.survey.prompts import Prompts
from empirical.survey.report import HeadReport, report
from empirical.survey.run import survey
from empirical.survey.table import SurveyTable
from empirical.survey.unit import Unit, self_check_line, units

PROMPTS, LENGTH, CAUSES, SEED = 8, 256, 2, 0
"""Prompts, their tokens, those on which every head is removed, and their seed."""

Tick = Callable[[int, int], None]


@dataclass(frozen=True)
class MeasuredHeads:
    """The heads of a model.

    Attributes:
        self_check: its canonical heads against its own attention, in one sentence.
        made_of: what prompts are made of.
        heads: every head, layer after layer.
    """

    self_check: str
    made_of: tuple[str, ...]
    heads: tuple[HeadReport, ...]


def measured_heads(
    stored: Stored,
    table: SurveyTable,
    length: int = LENGTH,
    prompts: int = PROMPTS,
    causes: int = CAUSES,
    step: Callable[[str], Tick] = lambda title: lambda done, total: None,
) -> MeasuredHeads:
    """Check a model and measure its heads, where a table does not hold that already.

    Args:
        stored: the model.
        table: keeps what is measured.
        length: tokens of a prompt.
        prompts: how many.
        causes: on how many of them every head is removed.
        step: called with the name of each step, returns what is called with its progress.

    Raises:
        Refusal: the model cannot be read, or its heads are not read as they are.
    """
    line = self_check_line(stored, length, table)

    def records(title: str, todo: Sequence[Unit]) -> list[dict[str, Any]]:
        tick, done = step(title), iter(range(1, len(todo) + 1))
        survey(todo, table, progress=lambda: tick(next(done), len(todo)))
        return [table.records[unit.key] for unit in todo]

    drawn = Prompts("repeats", SEED)
    measured = records("measuring heads", units(stored, drawn, prompts, (length,)))
    removed = removal_records(stored, drawn, min(causes, prompts), (length,), records)
    made_of = tuple(dict.fromkeys(record["made_of"] for record in measured))
    return MeasuredHeads(line, made_of, tuple(report(measured, removed)))
