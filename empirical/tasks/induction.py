"""Induction: the last token occurs exactly once before; the answer is the token after it there.

All other tokens are arbitrary: over these inputs two layers can be certified.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from empirical.tasks.language import Everywhere
from empirical.tasks.task import Answers, Inputs
from theory.refusal import Refusal


@dataclass(frozen=True)
class InductionTask(Everywhere):
    """Induction over letters.

    Random inputs: the query is uniform, its earlier position uniform over those before the last two
    positions, every other position uniform over the other letters.

    Raises:
        Refusal: there are fewer than three letters.
    """

    name: ClassVar[str] = "induction"
    CONCENTRATION: ClassVar[float] = 0.5
    """Concentration of the symmetric Dirichlet distribution of an input's letter frequencies.

    It is used in training: some letters are rare, and so occur once before even late in an input.
    """

    def __post_init__(self) -> None:
        """Refuse a vocabulary without a symbol, a follower and a rival."""
        super().__post_init__()
        if len(self.tokens) < 3:
            raise Refusal("induction needs a symbol, a follower and a rival: list three letters")

    def batch(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Answers]:
        """Draw inputs and answers; see ``Task.batch``."""
        if length < 3:
            raise Refusal("an input of induction holds a token, its follower and the query: ask 3")
        tokens, row = self.tokens, np.arange(size)
        query = rng.integers(tokens.size, size=size)
        drawn = rng.integers(tokens.size - 1, size=(size, length))
        drawn += drawn >= query[:, None]
        place = rng.integers(length - 2, size=size)
        drawn[row, place] = drawn[:, -1] = query
        return tokens[drawn], tokens[drawn[row, place + 1]]

    def everywhere(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Inputs]:
        """Draw inputs; see ``Everywhere.everywhere``.

        Every position has an answer whose token occurs exactly once before, and not just before.
        """
        tokens = self.tokens
        chances = rng.dirichlet(np.full(tokens.size, self.CONCENTRATION), size).cumsum(axis=1)
        above = chances[:, None, :-1] <= rng.random((size, length))[:, :, None]
        drawn = above.sum(axis=2)
        earlier = np.tril(drawn[:, :, None] == drawn[:, None, :], -1)
        place = earlier.argmax(axis=2)
        has_answer = (earlier.sum(axis=2) == 1) & (place < np.arange(length) - 1)
        follower = np.take_along_axis(drawn, np.minimum(place + 1, length - 1), axis=1)
        return tokens[drawn], np.where(has_answer, tokens[follower], self.UNASKED)
