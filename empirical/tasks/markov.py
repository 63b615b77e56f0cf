"""Markov: every text is a Markov chain with its own transition matrix, to be learned in context."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from empirical.tasks.language import Language
from empirical.tasks.task import Inputs


@dataclass(frozen=True)
class Markov(Language):
    """Letters; each text draws the rows of its transition matrix from a Dirichlet distribution."""

    name: ClassVar[str] = "markov"
    CONCENTRATION: ClassVar[float] = 0.1
    """Of the Dirichlet distribution; a small one makes the next letter nearly certain."""

    def text(self, rng: np.random.Generator, size: int, length: int) -> Inputs:
        """Draw texts whose first letter is uniform; see ``Language.text``."""
        tokens = self.tokens
        rows = rng.dirichlet(np.full(tokens.size, self.CONCENTRATION), (size, tokens.size))
        ladders = rows.cumsum(axis=2)
        chance = rng.random((length, size))
        states = np.empty((length, size), dtype=np.int64)
        states[0] = chance[0] * tokens.size
        for step in range(1, length):
            above = ladders[np.arange(size), states[step - 1]] <= chance[step][:, None]
            states[step] = np.minimum(above.sum(axis=1), tokens.size - 1)
        text: Inputs = tokens[states.T]
        return text
