"""The tokens of the number tasks: letters, and integers that say how far back the walk goes on."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Int64

from empirical.tasks.task import Inputs
from empirical.tasks.walk import Walk
from theory.refusal import Refusal


@dataclass(frozen=True)
class NumberVocabulary(Walk):
    """Letters, which are ends, and the integers from 1 to some largest one."""

    JUMPS: ClassVar[int | None] = None
    """The largest integer, if the task says it."""

    def __post_init__(self) -> None:
        """Refuse tokens that are neither letters nor jumps, and missing jumps."""
        super().__post_init__()
        if any(isinstance(entry, tuple) or entry == "" for entry in self.entries):
            raise Refusal(
                f"the {self.name} task knows letters, integers and null: list no other tokens"
            )
        jumps = {entry for entry in self.entries if isinstance(entry, int)}
        most = len(jumps) if self.JUMPS is None else self.JUMPS
        if not self.answers.size or not jumps or jumps != set(range(1, most + 1)):
            integers = "from 1 on, without a gap" if self.JUMPS is None else f"1 to {most}"
            raise Refusal(
                f"the {self.name} task needs a letter and the integers {integers}: list these"
            )

    @cached_property
    def answers(self) -> Int64[np.ndarray, " answers"]:
        """The letters."""
        return np.flatnonzero([isinstance(entry, str) for entry in self.entries])

    @cached_property
    def jumps(self) -> Int64[np.ndarray, " tokens"]:
        """How far each token id goes back: 0 for a letter."""
        return np.array([entry if isinstance(entry, int) else 0 for entry in self.entries])

    @cached_property
    def integers(self) -> Int64[np.ndarray, " integers"]:
        """Token ids of the integers, from 1 on."""
        ids: Int64[np.ndarray, " integers"] = np.argsort(self.jumps, kind="stable")
        return ids[np.sort(self.jumps) > 0]

    def path(self, inputs: Inputs) -> Int64[np.ndarray, "size stops"]:
        """Where the walk goes; see ``Walk.path``."""
        jumps, rows = self.jumps[inputs], np.arange(len(inputs))
        stops = [np.full(len(inputs), inputs.shape[1] - 1)]
        for _ in range(self.HOPS):
            stops.append(stops[-1] - jumps[rows, stops[-1]])
        return np.stack(stops, axis=1)
