"""Defines what the number and the letter task share: possible answers, then steps that lead there.

The atomic form of both is in urrutia2026heads, App. B: eight tokens that can be the answer, then
eight tokens that lead on, then the query. Longer inputs have further possible answers in front.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Int64

from empirical.tasks.task import Answers, Inputs
from empirical.tasks.walk import Walk
from theory.refusal import Refusal


@dataclass(frozen=True)
class MultiHop(Walk):
    """A walk of one to four hops; its last stop is the answer.

    Random inputs: the number of hops, the answer and its position in the window are uniform; the
    stops between are a uniform subset of the ``STEPS`` positions before the query, visited from
    right to left.
    """

    WINDOW: ClassVar[int] = 8
    """Number of positions where the answer may stand."""
    STEPS: ClassVar[int] = 8
    """Number of positions of the tokens that lead on."""
    HOPS: ClassVar[int] = 4
    """The largest number of hops of a walk."""
    ATOMIC: ClassVar[int] = WINDOW + STEPS + 1
    """Tokens of the shortest input, on which models are trained."""

    @abstractmethod
    def _write(
        self,
        rng: np.random.Generator,
        inputs: Inputs,
        stops: Bool[np.ndarray, "size steps"],
        places: Int64[np.ndarray, " size"],
        answers: Answers,
    ) -> None:
        """Fill inputs in place.

        Args:
            rng: the only source of randomness.
            inputs: the array to fill.
            stops: which of the tokens that lead on are stops of the walk.
            places: index of the answer's position in the window.
            answers: token ids.
        """

    def batch(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Answers]:
        """Draw inputs and answers; see ``Task.batch``."""
        hops = rng.integers(1, self.HOPS + 1, size)
        places = rng.integers(self.WINDOW, size=size)
        answers = rng.choice(self.answers, size)
        return self.compose(rng, hops, places, answers, length), answers

    def compose(
        self,
        rng: np.random.Generator,
        hops: Int64[np.ndarray, " size"],
        places: Int64[np.ndarray, " size"],
        answers: Answers,
        length: int,
    ) -> Inputs:
        """Draw inputs whose numbers of hops, answers and positions of the answers are given.

        Args:
            rng: decides everything else.
            hops: from 1 to ``HOPS``.
            places: index of the answers' positions in the window, from 0.
            answers: token ids.
            length: tokens per input.

        Raises:
            Refusal: the length is below ``ATOMIC``.
        """
        if length < self.ATOMIC:
            raise Refusal(
                f"an input of the {self.name} task has {self.ATOMIC} tokens or more: "
                f"ask for {self.ATOMIC}"
            )
        inputs = np.empty((len(answers), length), dtype=np.int64)
        ranks = rng.random((len(answers), self.STEPS)).argsort(axis=1).argsort(axis=1)
        self._write(rng, inputs, ranks < hops[:, None] - 1, places, answers)
        return inputs
