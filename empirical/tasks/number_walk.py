"""The number task with anything off its walk: as much as can be certified.

The walk is that of the number task (urrutia2026heads, App. B); any token may stand anywhere off it,
also an integer that would lead out of the input.
"""

from dataclasses import dataclass
from itertools import product
from typing import ClassVar

import numpy as np
from jaxtyping import Int64

from empirical.tasks.number_vocabulary import NumberVocabulary
from empirical.tasks.task import Answers, Inputs
from empirical.tasks.walks_anywhere import WalksAnywhere, few_tokens


@dataclass(frozen=True)
class NumberWalk(NumberVocabulary, WalksAnywhere):
    """A walk of ``HOPS`` jumps back, to a letter.

    Drawn inputs: each jump is uniform among those that leave room for the later ones, the answer is
    uniform; off the walk an input has a share of integers that is uniform from 0 to 1, none of
    which leads out of it, and otherwise letters.
    """

    def walks(self, length: int) -> list[tuple[int, ...]]:
        """Every walk; see ``WalksAnywhere.walks``."""
        integers = self.integers.tolist()
        return [
            (*jumps, answer)
            for jumps in product(integers, repeat=self.HOPS)
            if int(self.jumps[list(jumps)].sum()) < length
            for answer in self.answers.tolist()
        ]

    def attended(self, inputs: Inputs) -> Int64[np.ndarray, "size hops"]:
        """Where each layer should look: one jump back; see ``WalksAnywhere.attended``."""
        return np.tile(self.path(inputs)[:, 1:2], self.HOPS)

    def drawn(
        self, rng: np.random.Generator, size: int, length: int, hard: float
    ) -> tuple[Inputs, Answers]:
        """Draw inputs and answers; see ``WalksAnywhere.drawn``."""
        self.require_room(length)
        places, rows, most = np.arange(length), np.arange(size), self.integers.size
        letters = rng.choice(self.answers, (size, length))
        rooms = np.minimum(np.maximum(places, 1), most)
        integers = self.integers[(rng.random((size, length)) * rooms).astype(np.int64)]
        leads = (rng.random((size, length)) < rng.random((size, 1))) & (places > 0)
        inputs = few_tokens(rng, np.where(leads, integers, letters), hard)
        inputs = np.where(self.jumps[inputs] > places, letters, inputs)
        stop = np.full(size, length - 1)
        for hop in range(self.HOPS):
            room = np.minimum(most, stop - (self.HOPS - 1 - hop))
            jump = 1 + (rng.random(size) * room).astype(np.int64)
            inputs[rows, stop] = self.integers[jump - 1]
            stop = stop - jump
        answers = rng.choice(self.answers, size)
        inputs[rows, stop] = answers
        return inputs, answers


@dataclass(frozen=True)
class TwoHopNumber(NumberWalk):
    """Walks of two hops."""

    name: ClassVar[str] = "number-2-hops"
    HOPS: ClassVar[int] = 2


@dataclass(frozen=True)
class ThreeHopNumber(NumberWalk):
    """Walks of three hops."""

    name: ClassVar[str] = "number-3-hops"
    HOPS: ClassVar[int] = 3
