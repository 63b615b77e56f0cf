"""Tasks that ask at every position; languages, whose every token asks for the next, are most."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from empirical.tasks.task import Answers, Inputs, Task


class Everywhere(Task):
    """A task whose every position may ask, in training; afterwards the last one does."""

    UNASKED: ClassVar[int] = -100
    """In place of an answer: nothing is asked there."""

    @abstractmethod
    def everywhere(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Inputs]:
        """Draw ``size`` independent inputs of ``length`` tokens, and the answer at every position.

        Args:
            rng: the only source of chance.
            size: how many inputs.
            length: tokens per input.
        """


class Language(Everywhere):
    """Text whose every token has an answer: the token after it."""

    @abstractmethod
    def text(self, rng: np.random.Generator, size: int, length: int) -> Inputs:
        """Draw ``size`` independent texts of ``length`` tokens.

        Args:
            rng: the only source of chance.
            size: how many texts.
            length: tokens per text.
        """

    def everywhere(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Inputs]:
        """Draw texts and the token after each position; see ``Everywhere.everywhere``."""
        text = self.text(rng, size, length + 1)
        return text[:, :-1], text[:, 1:]

    def batch(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Answers]:
        """Draw texts and the token after each; see ``Task.batch``."""
        text, after = self.everywhere(rng, size, length)
        return text, after[:, -1]
