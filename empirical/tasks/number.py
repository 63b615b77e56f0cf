"""The number task: go back by the integer until at a letter (urrutia2026heads, App. B)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Int64

from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.number_vocabulary import NumberVocabulary
from empirical.tasks.task import Answers, Inputs


@dataclass(frozen=True)
class NumberTask(NumberVocabulary, MultiHop):
    """Letters, then integers; each integer is the number of positions by which its walk goes back.

    An integer off the walk, ``i`` positions after the start of the window, is uniform from 1 to
    ``i``.

    Raises:
        Refusal: a token is neither letter nor integer, or an integer from 1 to ``ATOMIC − 1`` is
        missing.
    """

    name: ClassVar[str] = "number"
    JUMPS: ClassVar[int | None] = MultiHop.ATOMIC - 1

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
        ids = np.argsort(self.jumps)[-self.ATOMIC + 1 :]  # of the jumps 1, 2, …
        before = places  # the next stop of the walk
        for step in range(self.STEPS):
            place = self.WINDOW + step
            jump = np.where(stops[:, step], place - before, rng.integers(1, place + 1, len(inputs)))
            inputs[:, first + step] = ids[jump - 1]
            before = np.where(stops[:, step], place, before)
        inputs[:, -1] = ids[self.ATOMIC - 2 - before]
