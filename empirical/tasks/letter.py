"""The letter task: go where the second letter is the first (urrutia2026heads, App. B)."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Int64

from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Answers, Inputs
from theory.refusal import Refusal


@dataclass(frozen=True)
class LetterTask(MultiHop):
    """(letter, digit) pairs, then (letter, letter) pairs; a second letter leads to the next pair.

    The letters of a walk are distinct and stand nowhere off it; all else is uniform over the
    remaining letters and the digits.

    Raises:
        Refusal: the tokens are not all pairs of some letters with these and with some digits, or
        there are too few letters.
    """

    name: ClassVar[str] = "letter"

    def __post_init__(self) -> None:
        """Refuse tokens that are not all pairs of some letters with these and with some digits."""
        super().__post_init__()
        if not all(entry is None or isinstance(entry, tuple) for entry in self.entries):
            raise Refusal("the letter task knows pairs and null: list no other tokens")
        letters, digits = self._letters, self._digits
        complete = {(x, y) for x in letters for y in [*letters, *digits]}
        if not digits or complete != set(self.entries) - {None}:
            raise Refusal("the letter task needs every pair of its letters and digits: list all")
        if len(letters) < self.HOPS + 2:
            raise Refusal(
                f"the letter task needs {self.HOPS + 2} letters, for a walk of {self.HOPS} hops "
                f"and something off it: list the pairs of {self.HOPS + 2} or more"
            )

    @cached_property
    def _letters(self) -> list[str]:
        return sorted({entry[0] for entry in self.entries if isinstance(entry, tuple)})

    @cached_property
    def _digits(self) -> list[int]:
        seconds = {entry[1] for entry in self.entries if isinstance(entry, tuple)}
        return sorted(second for second in seconds if isinstance(second, int))

    @cached_property
    def _ids(self) -> np.ndarray:
        """Token ids: one row per first letter, one column per second letter, then per digit."""
        ids = {entry: id_ for id_, entry in enumerate(self.entries)}
        seconds: list[str | int] = [*self._letters, *self._digits]
        return np.array([[ids[first, second] for second in seconds] for first in self._letters])

    @cached_property
    def answers(self) -> Int64[np.ndarray, " answers"]:
        """The pairs with a digit."""
        return np.sort(self._ids[:, len(self._letters) :], axis=None)

    @cached_property
    def _first_and_second(self) -> tuple[np.ndarray, np.ndarray]:
        """For each token id, the indices of its first letter and of its second (−1: a digit)."""
        first, second = np.full((2, len(self.entries)), -1)
        letters = range(len(self._letters))
        first[self._ids] = np.array(letters)[:, None]
        second[self._ids[:, : len(letters)]] = letters
        return first, second

    def path(self, inputs: Inputs) -> Int64[np.ndarray, "size stops"]:
        """Returns the positions of the walk; see ``MultiHop.path``.

        If a letter has several matches, the walk goes to the last one.
        """
        first, second = (part[inputs] for part in self._first_and_second)
        positions, rows = np.arange(inputs.shape[1]), np.arange(len(inputs))
        stops = [np.full(len(inputs), inputs.shape[1] - 1)]
        for _ in range(self.HOPS):
            here = stops[-1][:, None]
            matches = (first == second[rows, stops[-1]][:, None]) & (positions < here)
            last_match = np.where(matches, positions, -1).max(axis=1)
            stops.append(np.where(last_match < 0, stops[-1], last_match))
        return np.stack(stops, axis=1)

    def _write(
        self,
        rng: np.random.Generator,
        inputs: Inputs,
        stops: Bool[np.ndarray, "size steps"],
        places: Int64[np.ndarray, " size"],
        answers: Answers,
    ) -> None:
        size, length = inputs.shape
        rows, letters = np.arange(size), len(self._letters)
        # The first letters of a random order are the walk's, its last stop first.
        order = rng.permuted(np.tile(np.arange(letters), (size, 1)), axis=1)
        last = self._first_and_second[0][answers]
        held = (order == last[:, None]).argmax(axis=1)
        order[rows, held], order[:, 0] = order[:, 0], last
        walked = stops.sum(axis=1) + 2
        off = order[rows[:, None], rng.integers(walked[:, None], letters, size=(size, 2 * length))]
        first = length - self.STEPS - 1
        digits = rng.integers(letters, self._ids.shape[1], (size, first))
        inputs[:, :first] = self._ids[off[:, :first], digits]
        inputs[rows, length - self.ATOMIC + places] = answers
        reached = np.zeros(size, dtype=np.int64)  # number of stops to the left
        for step in range(self.STEPS):
            on = stops[:, step]
            here = np.where(on, order[rows, reached + 1], off[:, first + step])
            then = np.where(on, order[rows, reached], off[:, length + step])
            inputs[:, first + step] = self._ids[here, then]
            reached += on
        inputs[:, -1] = self._ids[order[rows, reached + 1], order[rows, reached]]
