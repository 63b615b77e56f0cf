"""The unit of work of a survey by cause: heads removed in turn, on one prompt."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from empirical.foreign.reading import Stored
from empirical.heads.silenced import Way
from empirical.survey.causes import causes
from empirical.survey.prompts import Prompts
from empirical.survey.unit import opened

VERSION = 1
"""Of what is measured: rows of another version are measured again."""


@dataclass(frozen=True)
class CauseUnit:
    """What is measured in one go; its key says everything that decides the outcome.

    Attributes:
        path: the model's directory.
        fingerprint: of its weights.
        configuration: sha256 of its configuration, task and tokenizer, in hexadecimal.
        prompts: where prompts come from.
        length: tokens of the prompt.
        prompt: its number.
        ways: how heads are removed.
        longest: tokens for which the model is made ready; the outcome does not depend on it.
        heads: layer and head of those that are removed; all of them if None.
    """

    path: Path
    fingerprint: str
    configuration: str
    prompts: Prompts
    length: int
    prompt: int
    ways: tuple[Way, ...]
    longest: int
    heads: tuple[tuple[int, int], ...] | None = None

    @cached_property
    def key(self) -> str:
        """A hash of the content: the same wherever the directory lies."""
        content = asdict(replace(self, path=Path(), longest=0))
        content |= {"path": None, "version": VERSION, "of": "causes"}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def record(self) -> dict[str, Any]:
        """The losses of the prompt, as JSON: of the whole model, and without each head.

        Raises:
            Refusal: the directory has changed, or cannot be read or run.
        """
        model, task = opened(self.path, self.fingerprint, self.longest)
        ids = self.prompts.draw(self.prompt, 1, self.length, model.vocabulary, task)[0]
        whole, removed = causes(model, ids, self.heads, self.ways)
        return {
            "key": self.key,
            "fingerprint": self.fingerprint,
            "configuration": self.configuration,
            "prompts": self.prompts.kind,
            "made_of": self.prompts.sentence(self.length, model.vocabulary, task),
            "seed": self.prompts.seed,
            "length": self.length,
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
