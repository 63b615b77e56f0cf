"""Segments: text in which a few segments, new in every text, recur after gaps of random length.

A segment recurs literally or in the other case, so that a letter-by-letter translation that all
texts share can be learned beside literal repeats (the generality of olsson2022induction).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from empirical.tasks.language import Language
from empirical.tasks.task import Inputs
from theory.refusal import Refusal


@dataclass(frozen=True)
class Segments(Language):
    """Lower-case letters and the same letters in upper case.

    A text is a sequence of pieces. A piece is up to ``FILLER`` letters, uniform over all tokens,
    and then one of the text's ``SEGMENTS`` segments without up to its first two letters, in upper
    case with probability ``UPPER``. Segments are ``SHORTEST`` to ``LONGEST`` different letters. All
    choices except the case are uniform. Nothing is predictable except from the text itself.

    Raises:
        Refusal: the tokens are not letters in both cases, or there are fewer than ``LONGEST``.
    """

    name: ClassVar[str] = "segments"
    SEGMENTS: ClassVar[int] = 2
    SHORTEST: ClassVar[int] = 6
    LONGEST: ClassVar[int] = 9
    FILLER: ClassVar[int] = 3
    UPPER: ClassVar[float] = 0.3

    def __post_init__(self) -> None:
        """Refuse tokens that are not letters in both cases, and too few of them."""
        super().__post_init__()
        if not all(isinstance(entry, str) and len(entry) == 1 for entry in self.entries):
            raise Refusal("the segments language knows letters only: list no other tokens")
        if {str(entry).swapcase() for entry in self.entries} != set(self.entries):
            raise Refusal("the segments language has every letter in both cases: list both")
        if len(self.lower) < self.LONGEST:
            raise Refusal(
                f"a segment has {self.LONGEST} different letters: list as many, in both cases"
            )

    @cached_property
    def lower(self) -> np.ndarray:
        """Token ids of the lower-case letters, ascending."""
        return np.flatnonzero([str(entry).islower() for entry in self.entries])

    @cached_property
    def upper(self) -> np.ndarray:
        """Token ids of the same letters in upper case, in the same order."""
        ids = {entry: id_ for id_, entry in enumerate(self.entries)}
        return np.array([ids[str(self.entries[letter]).upper()] for letter in self.lower])

    @cached_property
    def letters(self) -> np.ndarray:
        """For each token id the index of its letter, the same in both cases."""
        numbers = np.empty(len(self.entries), dtype=np.int64)
        numbers[self.lower] = numbers[self.upper] = np.arange(self.lower.size)
        return numbers

    def text(self, rng: np.random.Generator, size: int, length: int) -> Inputs:
        """Draw texts; see ``Language.text``."""
        pieces = 1 + length // (self.SHORTEST - 2)
        orders = rng.random((size, self.SEGMENTS, self.lower.size)).argsort(axis=2)
        lengths = rng.integers(self.SHORTEST, self.LONGEST + 1, (size, self.SEGMENTS))
        which = rng.integers(self.SEGMENTS, size=(size, pieces))
        missing = rng.integers(3, size=(size, pieces))
        filler = rng.integers(self.FILLER + 1, size=(size, pieces))
        upper = rng.random((size, pieces)) < self.UPPER
        noise = rng.integers(len(self.entries), size=(size, length))

        ends = np.cumsum(filler + np.take_along_axis(lengths, which, axis=1) - missing, axis=1)
        places = np.arange(length)
        piece = (ends[:, None, :] <= places[:, None]).sum(axis=2)
        begun = np.pad(ends, ((0, 0), (1, 0)))

        def of_piece(values: np.ndarray) -> np.ndarray:
            return np.take_along_axis(values, piece, axis=1)

        inside = places - of_piece(begun) - of_piece(filler)
        letter = orders[
            np.arange(size)[:, None],
            of_piece(which),
            np.maximum(inside + of_piece(missing), 0),
        ]
        cased = np.where(of_piece(upper), self.upper[letter], self.lower[letter])
        text: Inputs = np.where(inside < 0, noise, cased)
        return text
