"""The heads of a model with their roles, as claims about it take them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from empirical.foreign.reading import Stored
from empirical.survey.cause_unit import Measure, cause_units
from empirical.survey.measured_heads import CAUSES, LENGTH, PROMPTS
from empirical.survey.prompts import Prompts
from empirical.survey.report import HeadReport, report
from empirical.survey.unit import Unit, units

LONGEST = 1024
"""Tokens for which a model is made ready; no prompt of a claim is longer."""


def heads_with_roles(stored: Stored, measure: Measure) -> list[HeadReport]:
    """Every head with its roles, as ``ropeproof heads`` gives them where nothing else is asked.

    Args:
        stored: the model's files.
        measure: measures units.
    """

    def ready(title: str, todo: Sequence[Unit]) -> list[dict[str, Any]]:
        return measure(title, [replace(unit, longest=LONGEST) for unit in todo])

    prompts = Prompts("repeats")
    records = ready("measuring heads", units(stored, prompts, PROMPTS, (LENGTH,)))
    every = cause_units(stored, prompts, CAUSES, (LENGTH,), ("zero",), None)
    return report(records, ready("removing heads", every))
