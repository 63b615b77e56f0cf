"""Defines tasks with answers at every position, and languages, whose answer is the next token."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from empirical.tasks.task import Answers, Inputs, Task


class Everywhere(Task):
    """A task with answers at many positions in training, and at the last one afterwards."""

    UNASKED: ClassVar[int] = -100
    """Stands in place of an answer at a position that has none."""

    @abstractmethod
    def everywhere(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Inputs]:
        """Draw independent inputs, and the answer at every position.

        Args:
            rng: the only source of randomness.
            size: number of inputs.
            length: tokens per input.

        Returns:
            Token ids ``[size, length]``, and answers ``[size, length]`` with ``UNASKED`` for none.
        """


class Language(Everywhere):
    """Text whose every token has an answer: the token after it."""

    @abstractmethod
    def text(self, rng: np.random.Generator, size: int, length: int) -> Inputs:
        """Draw independent texts.

        Args:
            rng: the only source of randomness.
            size: number of texts.
            length: tokens per text.

        Returns:
            Token ids ``[size, length]``.
        """

    def everywhere(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Inputs]:
        """Draw texts and the token after each position; see ``Everywhere.everywhere``."""
        text = self.text(rng, size, length + 1)
        return text[:, :-1], text[:, 1:]

    def batch(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Answers]:
        """Draw texts and the token after each text; see ``Task.batch``."""
        text, after = self.everywhere(rng, size, length)
        return text, after[:, -1]
