"""The unit of work of a survey by cause: heads removed in turn, on one prompt."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeAlias

from empirical.foreign.reading import Model, Stored
from empirical.heads.silenced import Way
from empirical.survey.causes import causes
from empirical.survey.effects import most_needed
from empirical.survey.prompts import Prompts
from empirical.survey.unit import Unit
from empirical.tasks.task import Task

Measure: TypeAlias = Callable[[str, Sequence[Unit]], list[dict[str, Any]]]
"""What is done, in words, and units, to their records."""


@dataclass(frozen=True, kw_only=True)
class CauseUnit(Unit):
    """Heads removed in turn, on one prompt.

    Attributes:
        prompt: its number.
        ways: how heads are removed.
        heads: layer and head of those that are removed; all of them if None.
    """

    prompt: int
    ways: tuple[Way, ...]
    heads: tuple[tuple[int, int], ...] | None = None

    VERSION: ClassVar[str] = "causes 1"

    def measured(self, model: Model, task: Task | None) -> dict[str, Any]:
        """The losses of the prompt: of the whole model, and without each head."""
        ids = self.prompts.draw(self.prompt, 1, self.length, model.vocabulary, task)[0]
        whole, removed = causes(model, ids, self.heads, self.ways)
        return {
            "prompt": self.prompt,
            "whole": asdict(whole),
            "removed": [asdict(row) for row in removed],
        }


def cause_units(
    stored: Stored,
    prompts: Prompts,
    count: int,
    lengths: tuple[int, ...],
    ways: tuple[Way, ...],
    heads: tuple[tuple[int, int], ...] | None,
) -> list[CauseUnit]:
    """The units by cause of one model, on prompts of the first length.

    Args:
        stored: its files.
        prompts: where prompts come from.
        count: how many of them.
        lengths: of all prompts, in tokens.
        ways: how heads are removed.
        heads: layer and head of those that are removed; all of them if None.
    """
    return [
        CauseUnit(
            path=stored.path,
            fingerprint=stored.fingerprint,
            configuration=stored.configuration,
            prompts=prompts,
            length=lengths[0],
            prompt=number,
            ways=ways,
            longest=max(lengths),
            heads=heads,
        )
        for number in range(count)
    ]


def removal_records(
    stored: Stored, prompts: Prompts, count: int, lengths: tuple[int, ...], measure: Measure
) -> list[dict[str, Any]]:
    """The records of every head set to zero, and of the most needed removed in all ways.

    Args:
        stored: the model's files.
        prompts: where prompts come from.
        count: how many of them.
        lengths: of all prompts, in tokens.
        measure: measures units.
    """
    every = cause_units(stored, prompts, count, lengths, ("zero",), None)
    records = measure("removing heads", every)
    again = cause_units(stored, prompts, count, lengths, ("mean", "pattern"), most_needed(records))
    return records + measure("removing the most needed", again)
