"""The letter task with its stops anywhere and anything else between: as much as can be certified.

The walk is that of the letter task (urrutia2026heads, App. B), but its stops stand in any order,
and whatever stands off it may have any second part. So the last token itself has to make all hops.
"""

from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Int64

from empirical.tasks.letter_vocabulary import LetterVocabulary
from empirical.tasks.task import Answers, Inputs
from empirical.tasks.walks_anywhere import WalksAnywhere, few_tokens


@dataclass(frozen=True)
class LetterWalk(LetterVocabulary, WalksAnywhere):
    """A walk over distinct letters, which begin no token off it, to a pair with a digit.

    Drawn inputs: the number of hops is uniform from ``LEAST`` to ``HOPS``, the letters of the walk
    are a uniform choice in order, its digit and the places of its stops are uniform; every token
    off it is uniform over those that begin with none of its letters.
    """

    LEAST: ClassVar[int]
    """The fewest hops of a walk."""

    def walks(self, length: int) -> list[tuple[int, ...]]:
        """Every walk; see ``WalksAnywhere.walks``."""
        letters, seconds = range(len(self.letters)), self.ids.shape[1]
        kinds = (hops for hops in range(self.LEAST, self.HOPS + 1) if hops < length)
        return [
            (*(int(self.ids[x, y]) for x, y in pairwise(order)), end)
            for hops in kinds
            for order in permutations(letters, hops + 1)
            for end in self.ids[order[-1], len(letters) : seconds].tolist()
        ]

    def off(self, walk: tuple[int, ...]) -> Bool[np.ndarray, " tokens"]:
        """Which token ids may stand off a walk: those that begin with none of its letters."""
        first, _ = self.first_and_second
        off: Bool[np.ndarray, " tokens"] = ~np.isin(first, first[list(walk)]) & (first >= 0)
        return off

    def path(self, inputs: Inputs) -> Int64[np.ndarray, "size stops"]:
        """Where the walk goes, in either direction; see ``Walk.path``."""
        first, second = (part[inputs] for part in self.first_and_second)
        rows = np.arange(len(inputs))
        stops = [np.full(len(inputs), inputs.shape[1] - 1)]
        for _ in range(self.HOPS):
            sought = second[rows, stops[-1]][:, None]
            matches = (first == sought) & (sought >= 0)
            stops.append(np.where(matches.any(axis=1), matches.argmax(axis=1), stops[-1]))
        return np.stack(stops, axis=1)

    def attended(self, inputs: Inputs) -> Int64[np.ndarray, "size hops"]:
        """Where each layer should look: at the next stop; see ``WalksAnywhere.attended``."""
        return self.path(inputs)[:, 1:]

    def drawn(
        self, rng: np.random.Generator, size: int, length: int, hard: float
    ) -> tuple[Inputs, Answers]:
        """Draw inputs and answers; see ``WalksAnywhere.drawn``."""
        self.require_room(length)
        letters, rows = len(self.letters), np.arange(size)
        hops = rng.integers(self.LEAST, self.HOPS + 1, size)
        order = rng.permuted(np.tile(np.arange(letters), (size, 1)), axis=1)
        firsts = rng.integers(hops[:, None] + 1, letters, (size, length))
        seconds = rng.integers(0, self.ids.shape[1], (size, length))
        inputs: Inputs = self.ids[np.take_along_axis(order, firsts, axis=1), seconds]
        inputs = few_tokens(rng, inputs, hard)
        ends = rng.integers(letters, self.ids.shape[1], size)
        places = rng.random((size, length - 1)).argsort(axis=1)
        answers = self.ids[order[rows, hops], ends]
        inputs[:, -1] = self.ids[order[:, 0], order[:, 1]]
        for hop in range(1, self.HOPS + 1):
            going = hops >= hop
            following = order[rows, np.minimum(hop + 1, letters - 1)]
            stop = np.where(hops == hop, answers, self.ids[order[:, hop], following])
            inputs[rows[going], places[going, hop - 1]] = stop[going]
        return inputs, answers


@dataclass(frozen=True)
class TwoHopLetter(LetterWalk):
    """Walks of two hops."""

    name: ClassVar[str] = "letter-2-hops"
    LEAST: ClassVar[int] = 2
    HOPS: ClassVar[int] = 2


@dataclass(frozen=True)
class ThreeHopLetter(LetterWalk):
    """Walks of three hops."""

    name: ClassVar[str] = "letter-3-hops"
    LEAST: ClassVar[int] = 3
    HOPS: ClassVar[int] = 3


@dataclass(frozen=True)
class UpToThreeHopLetter(LetterWalk):
    """Walks of one, two or three hops."""

    name: ClassVar[str] = "letter-1-to-3-hops"
    LEAST: ClassVar[int] = 1
    HOPS: ClassVar[int] = 3
