"""What a language is: a seeded draw of running text, in which every token asks for the next."""

from abc import abstractmethod

import numpy as np

from empirical.tasks.task import Answers, Inputs, Task


class Language(Task):
    """Text whose every token has an answer: the token after it."""

    @abstractmethod
    def text(self, rng: np.random.Generator, size: int, length: int) -> Inputs:
        """Draw ``size`` independent texts of ``length`` tokens.

        Args:
            rng: the only source of chance.
            size: how many texts.
            length: tokens per text.
        """

    def batch(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Answers]:
        """Draw texts and the token after each; see ``Task.batch``."""
        text = self.text(rng, size, length + 1)
        return text[:, :-1], text[:, -1]
