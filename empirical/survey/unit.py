"""The unit of work of a survey: one checkpoint, one length, a few prompts."""

import hashlib
import json
import os
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, ClassVar

from empirical.files import checkpoint
from empirical.files.json_file import read_json
from empirical.foreign import reading
from empirical.foreign.reading import Model, Stored
from empirical.survey.measure import measure
from empirical.survey.prompts import Prompts
from empirical.survey.self_check import self_check, self_check_key
from empirical.survey.table import SurveyTable
from empirical.tasks import task_from_entries, tasks
from empirical.tasks.task import Task, entries_from_json
from theory.refusal import Refusal

BATCH = 4
"""Prompts of one unit."""


@dataclass(frozen=True, kw_only=True)
class Unit(ABC):
    """What is measured in one go; its key says everything that decides the outcome.

    Attributes:
        path: the model's directory.
        fingerprint: of its weights.
        configuration: sha256 of its configuration, task and tokenizer, in hexadecimal.
        prompts: where prompts come from.
        length: tokens of each.
        longest: tokens for which the model is made ready, so that it is read once for all units;
            the outcome does not depend on it.
    """

    path: Path
    fingerprint: str
    configuration: str
    prompts: Prompts
    length: int
    longest: int

    VERSION: ClassVar[str]
    """Of what is measured: rows of another version are measured again."""

    @cached_property
    def key(self) -> str:
        """A hash of the content: the same wherever the directory lies."""
        content = asdict(replace(self, path=Path(), longest=0))
        content |= {"path": None, "version": self.VERSION}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @abstractmethod
    def measured(self, model: Model, task: Task | None) -> dict[str, Any]:
        """What is measured of the model, as JSON."""

    def record(self) -> dict[str, Any]:
        """What it was and what was measured, as JSON.

        Raises:
            Refusal: the directory has changed, or cannot be read or run.
        """
        model, task = opened(self.path, self.fingerprint, self.longest)
        return {
            "key": self.key,
            "fingerprint": self.fingerprint,
            "configuration": self.configuration,
            "prompts": self.prompts.kind,
            "made_of": self.prompts.sentence(self.length, model.vocabulary, task),
            "seed": self.prompts.seed,
            "length": self.length,
        } | self.measured(model, task)


@dataclass(frozen=True, kw_only=True)
class HeadsUnit(Unit):
    """Every head, on a batch of prompts.

    Attributes:
        batch: which batch of prompts.
        count: prompts in it.
    """

    batch: int
    count: int

    VERSION: ClassVar[str] = "heads 7"

    def measured(self, model: Model, task: Task | None) -> dict[str, Any]:
        """A row per prompt and head."""
        first = self.batch * BATCH
        drawn = self.prompts.draw(first, self.count, self.length, model.vocabulary, task)
        answers = self.prompts.answers(drawn, model.vocabulary, task)
        places = [None] * len(drawn) if answers is None else answers.tolist()
        rows = [
            {"prompt": first + number} | row.to_json()
            for number, (ids, place) in enumerate(zip(drawn, places, strict=True))
            for row in measure(model, ids, self.prompts.seed, place)
        ]
        return {"batch": self.batch, "rows": rows}


def units(
    stored: Stored, prompts: Prompts, count: int, lengths: tuple[int, ...]
) -> list[HeadsUnit]:
    """The units of one model, short lengths first.

    Args:
        stored: its files.
        prompts: where prompts come from.
        count: prompts at each length.
        lengths: in tokens.
    """
    return [
        HeadsUnit(
            path=stored.path,
            fingerprint=stored.fingerprint,
            configuration=stored.configuration,
            prompts=prompts,
            length=length,
            batch=batch,
            count=min(BATCH, count - batch * BATCH),
            longest=max(lengths),
        )
        for length in sorted(lengths)
        for batch in range(-(-count // BATCH))
    ]


@lru_cache(maxsize=1)
def opened(path: Path, fingerprint: str, longest: int) -> tuple[Model, Task | None]:
    """The model of units and its task; the last one is kept.

    Args:
        path: its directory.
        fingerprint: of its weights.
        longest: tokens of the longest input that it will be run on.

    Raises:
        Refusal: the directory has changed, or cannot be read.
    """
    model = reading.read(path, longest)
    if model.fingerprint != fingerprint:
        raise Refusal(f"{path} has changed since the survey began: start it again")
    return model, task_of(path, model.vocabulary.size)


def self_check_line(stored: Stored, longest: int, table: SurveyTable) -> str:
    """Check a model's canonical heads against its own attention, unless a table says they passed.

    Args:
        stored: the model.
        longest: tokens of the longest input.
        table: keeps the line of a check that passed.

    Returns:
        The check in one sentence.

    Raises:
        Refusal: the check fails, or the model cannot be read.
    """
    key = self_check_key(stored.fingerprint, stored.configuration, longest)
    if key not in table.records:
        checked = self_check(opened(stored.path, stored.fingerprint, longest)[0], longest)
        if not checked.passed:
            raise Refusal(f"heads of {stored.path} are not read as they are: {checked.line}")
        table.append({"key": key, "self_check": checked.line})
    line: str = table.records[key]["self_check"]
    return line


def task_of(path: Path, vocabulary: int) -> Task | None:
    """The task of ``task.json``, where there is one that is known here."""
    if not os.path.lexists(path / checkpoint.TASK):
        return None
    document = read_json(path / checkpoint.TASK)
    name, tokens = document.get("task"), document.get("tokens")
    if not (isinstance(tokens, list) and len(tokens) == vocabulary and isinstance(name, str)):
        return None
    if name not in tasks():
        return None
    with checkpoint.naming(path / checkpoint.TASK):
        return task_from_entries(name, entries_from_json(tokens))
