"""The tokens of the letter tasks: pairs, of which the second part says where the walk goes on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int64

from empirical.tasks.walk import Walk
from theory.refusal import Refusal


@dataclass(frozen=True)
class LetterVocabulary(Walk):
    """All pairs of some letters with these and with some digits; a pair with a digit is an end."""

    def __post_init__(self) -> None:
        """Refuse tokens that are not all pairs of some letters with these and with some digits."""
        super().__post_init__()
        if not all(entry is None or isinstance(entry, tuple) for entry in self.entries):
            raise Refusal(f"the {self.name} task knows pairs and null: list no other tokens")
        letters, digits = self.letters, self.digits
        complete = {(x, y) for x in letters for y in [*letters, *digits]}
        if not digits or complete != set(self.entries) - {None}:
            raise Refusal(
                f"the {self.name} task needs every pair of its letters and digits: list all"
            )
        if len(letters) < self.HOPS + 2:
            raise Refusal(
                f"the {self.name} task needs {self.HOPS + 2} letters, for a walk of {self.HOPS} "
                f"hops and something off it: list the pairs of {self.HOPS + 2} or more"
            )

    @cached_property
    def letters(self) -> list[str]:
        """The letters, in order."""
        return sorted({entry[0] for entry in self.entries if isinstance(entry, tuple)})

    @cached_property
    def digits(self) -> list[int]:
        """The digits, ascending."""
        seconds = {entry[1] for entry in self.entries if isinstance(entry, tuple)}
        return sorted(second for second in seconds if isinstance(second, int))

    @cached_property
    def ids(self) -> Int64[np.ndarray, "letters seconds"]:
        """Token ids: a row for each first letter, a column for each second letter, then digit."""
        ids = {entry: id_ for id_, entry in enumerate(self.entries)}
        seconds: list[str | int] = [*self.letters, *self.digits]
        return np.array([[ids[first, second] for second in seconds] for first in self.letters])

    @cached_property
    def answers(self) -> Int64[np.ndarray, " answers"]:
        """The pairs with a digit."""
        return np.sort(self.ids[:, len(self.letters) :], axis=None)

    @cached_property
    def first_and_second(self) -> tuple[np.ndarray, np.ndarray]:
        """For each token id, the numbers of its first letter and of its second (−1: a digit)."""
        first, second = np.full((2, len(self.entries)), -1)
        letters = range(len(self.letters))
        first[self.ids] = np.array(letters)[:, None]
        second[self.ids[:, : len(letters)]] = letters
        return first, second
