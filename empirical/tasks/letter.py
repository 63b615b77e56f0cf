"""The letter task: go where the second letter is the first (urrutia2026heads, App. B)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Int64

from empirical.tasks.letter_vocabulary import LetterVocabulary
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Answers, Inputs


@dataclass(frozen=True)
class LetterTask(LetterVocabulary, MultiHop):
    """(letter, digit) pairs, then (letter, letter) pairs; a second letter leads to the next pair.

    The letters of a walk are distinct and stand nowhere off it; all else is uniform over the
    remaining letters and the digits.

    Raises:
        Refusal: the tokens are not all pairs of some letters with these and with some digits, or
        there are too few letters.
    """

    name: ClassVar[str] = "letter"

    def path(self, inputs: Inputs) -> Int64[np.ndarray, "size stops"]:
        """Returns the positions of the walk; see ``Walk.path``.

        If a letter has several matches, the walk goes to the last one.
        """
        first, second = (part[inputs] for part in self.first_and_second)
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
        rows, letters = np.arange(size), len(self.letters)
        # The first letters of a random order are the walk's, its last stop first.
        order = rng.permuted(np.tile(np.arange(letters), (size, 1)), axis=1)
        last = self.first_and_second[0][answers]
        held = (order == last[:, None]).argmax(axis=1)
        order[rows, held], order[:, 0] = order[:, 0], last
        walked = stops.sum(axis=1) + 2
        off = order[rows[:, None], rng.integers(walked[:, None], letters, size=(size, 2 * length))]
        first = length - self.STEPS - 1
        digits = rng.integers(letters, self.ids.shape[1], (size, first))
        inputs[:, :first] = self.ids[off[:, :first], digits]
        inputs[rows, length - self.ATOMIC + places] = answers
        reached = np.zeros(size, dtype=np.int64)  # number of stops to the left
        for step in range(self.STEPS):
            on = stops[:, step]
            here = np.where(on, order[rows, reached + 1], off[:, first + step])
            then = np.where(on, order[rows, reached], off[:, length + step])
            inputs[:, first + step] = self.ids[here, then]
            reached += on
        inputs[:, -1] = self.ids[order[rows, reached + 1], order[rows, reached]]
