"""Largest: the tokens are numbers, and the answer is the largest of an input."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from empirical.tasks.task import Answers, Inputs, Task
from theory.refusal import Refusal


@dataclass(frozen=True)
class LargestTask(Task):
    """Max-of-K: K numbers, and the largest of them.

    Random inputs: a ceiling is uniform over the numbers, each token uniform up to the ceiling. Of
    inputs of uniform tokens nearly all have a large answer.

    Raises:
        Refusal: the entries are not 0, 1, 2 and so on.
    """

    name: ClassVar[str] = "largest"

    def __post_init__(self) -> None:
        """Refuse other entries than 0, 1, 2 and so on."""
        super().__post_init__()
        if not self.entries or self.entries != tuple(range(len(self.entries))):
            raise Refusal("the largest task needs the numbers from 0 on: list them in this order")

    def batch(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Answers]:
        """Draw inputs and answers; see ``Task.batch``."""
        if length < 1:
            raise Refusal(f"no input has {length} tokens: ask for one or more")
        ceilings = rng.integers(len(self.entries), size=size)
        inputs: Inputs = rng.integers(ceilings[:, None] + 1, size=(size, length))
        return inputs, inputs.max(axis=1)
