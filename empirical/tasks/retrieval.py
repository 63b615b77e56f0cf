"""Retrieval: the last token is a pair ``(x, y)``; the answer is the pair that begins with ``y``.

This is the one-query form of Retrieval in urrutia2026heads, App. B.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from empirical.tasks.task import Answers, Domain, Inputs, OneHop
from theory.refusal import Refusal


@dataclass(frozen=True)
class RetrievalTask(OneHop):
    """Pairs of a letter and either a letter or a digit.

    Random inputs: the query is uniform over the pairs ``(x, y)`` of two different letters whose
    ``y`` begins a pair; the answer, uniform over the pairs that begin with ``y``, stands at one
    uniform earlier position; every other earlier position is uniform over the pairs that do not
    begin with ``y``.

    Raises:
        Refusal: an entry is not a pair, or no pair can be a query.
    """

    name: ClassVar[str] = "retrieval"

    def __post_init__(self) -> None:
        """Refuse entries that are not pairs, and a task without a query."""
        super().__post_init__()
        if not all(entry is None or isinstance(entry, tuple) for entry in self.entries):
            raise Refusal("the retrieval task knows pairs and null: list no other tokens")
        if not self._queries:
            raise Refusal(
                "no pair of the retrieval task ends in another letter that begins a pair: "
                'list pairs such as ["a", "b"] and ["b", 1]'
            )

    @cached_property
    def _beginning(self) -> dict[str, list[int]]:
        """Token ids by first letter."""
        groups: dict[str, list[int]] = {}
        for id_, entry in enumerate(self.entries):
            if isinstance(entry, tuple):
                groups.setdefault(entry[0], []).append(id_)
        return groups

    @cached_property
    def _queries(self) -> dict[int, str]:
        """Token ids that can be the query, with the letter that begins the answer."""
        return {
            id_: entry[1]
            for id_, entry in enumerate(self.entries)
            if isinstance(entry, tuple)
            and isinstance(entry[1], str)
            and entry[0] != entry[1]
            and entry[1] in self._beginning
        }

    def batch(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Answers]:
        """Draw inputs and answers; see ``Task.batch``."""
        if length < 2:
            raise Refusal("an input of the retrieval task holds a query and an answer: ask for 2")
        # In the order of first letters, the pairs that begin with one letter are an interval.
        groups = list(self._beginning.values())
        by_rank = np.concatenate([np.array(group) for group in groups])
        widths = np.array([len(group) for group in groups])
        starts = np.cumsum(widths) - widths
        group_of = {letter: group for group, letter in enumerate(self._beginning)}

        queries = np.array(list(self._queries))
        answer_groups = np.array([group_of[letter] for letter in self._queries.values()])
        chosen = rng.integers(queries.size, size=size)
        start, width = starts[answer_groups[chosen]], widths[answer_groups[chosen]]
        answers = by_rank[start + rng.integers(width)]

        ranks = rng.integers((by_rank.size - width)[:, None], size=(size, length))
        ranks += np.where(ranks >= start[:, None], width[:, None], 0)
        inputs = by_rank[ranks]
        inputs[np.arange(size), rng.integers(length - 1, size=size)] = answers
        inputs[:, -1] = queries[chosen]
        return inputs, answers

    def domains(self, length: int) -> list[Domain]:
        """Returns one domain per query: the answer at any position before it, no second match."""
        if length < 2:
            return []
        return [
            Domain(
                query,
                np.array(self._beginning[letter]),
                range(1, length),
                np.setdiff1d(self.tokens, self._beginning[letter]),
            )
            for query, letter in self._queries.items()
        ]
