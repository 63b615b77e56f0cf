"""The number task: go back by the integer until at a letter (urrutia2026heads, App. B)."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Int64

from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Answers, Inputs
from theory.refusal import Refusal


@dataclass(frozen=True)
class NumberTask(MultiHop):
    """Letters, then integers; each integer is the number of positions by which its walk goes back.

    An integer off the walk, ``i`` positions after the start of the window, is uniform from 1 to
    ``i``.

    Raises:
        Refusal: a token is neither letter nor integer, or an integer from 1 to ``ATOMIC − 1`` is
        missing.
    """

    name: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        """Refuse tokens that are neither letters nor integers, and missing integers."""
        super().__post_init__()
        if any(isinstance(entry, tuple) or entry == "" for entry in self.entries):
            raise Refusal("the number task knows letters, integers and null: list no other tokens")
        jumps = {entry for entry in self.entries if isinstance(entry, int)}
        if not self.answers.size or jumps != set(range(1, self.ATOMIC)):
            raise Refusal(
                f"the number task needs a letter and the integers 1 to {self.ATOMIC - 1}: "
                "list these"
            )

    @cached_property
    def answers(self) -> Int64[np.ndarray, " answers"]:
        """The letters."""
        return np.flatnonzero([isinstance(entry, str) for entry in self.entries])

    @cached_property
    def _jumps(self) -> np.ndarray:
        """The integer of each token id; 0 for a letter."""
        return np.array([entry if isinstance(entry, int) else 0 for entry in self.entries])

    def path(self, inputs: Inputs) -> Int64[np.ndarray, "size stops"]:
        """Returns the positions of the walk; see ``MultiHop.path``."""
        jumps, rows = self._jumps[inputs], np.arange(len(inputs))
        stops = [np.full(len(inputs), inputs.shape[1] - 1)]
        for _ in range(self.HOPS):
            stops.append(stops[-1] - jumps[rows, stops[-1]])
        return np.stack(stops, axis=1)

    def _write(
        self,
        rng: np.random.Generator,
        inputs: Inputs,
        stops: Bool[np.ndarray, "size steps"],
        places: Int64[np.ndarray, " size"],
        answers: Answers,
    ) -> None:
        window = inputs.shape[1] - self.ATOMIC
        first = window + self.WINDOW
        inputs[:, :first] = rng.choice(self.answers, (len(inputs), first))
        inputs[np.arange(len(inputs)), window + places] = answers
        ids = np.argsort(self._jumps)[-self.ATOMIC + 1 :]  # of the jumps 1, 2, …
        before = places  # the next stop of the walk
        for step in range(self.STEPS):
            place = self.WINDOW + step
            jump = np.where(stops[:, step], place - before, rng.integers(1, place + 1, len(inputs)))
            inputs[:, first + step] = ids[jump - 1]
            before = np.where(stops[:, step], place, before)
        inputs[:, -1] = ids[self.ATOMIC - 2 - before]
