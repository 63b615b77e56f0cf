"""Index: the last token is an integer ``i``; the answer is the token ``i`` positions back.

This is the one-query form of Index in urrutia2026heads, App. B.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from empirical.tasks.task import Answers, Domain, Inputs, OneHop
from theory.refusal import Refusal


@dataclass(frozen=True)
class IndexTask(OneHop):
    """Index over letters and integer offsets.

    Random inputs: the query is uniform over the offsets ``1 ≤ i < length``, the token ``i``
    positions back uniform over the letters, every other position uniform over all tokens.

    Raises:
        Refusal: an entry is neither letter nor offset, or a letter or a positive offset is missing.
    """

    name: ClassVar[str] = "index"

    def __post_init__(self) -> None:
        """Refuse entries that are neither letters nor offsets, and a task that lacks either."""
        super().__post_init__()
        if any(isinstance(entry, tuple) or entry == "" for entry in self.entries):
            raise Refusal("the index task knows letters, integers and null: list no other tokens")
        if any(isinstance(entry, int) and entry < 0 for entry in self.entries):
            raise Refusal("an offset of the index task counts positions back: list none below 0")
        if not self._letters.size or not any(offset > 0 for offset in self._offsets):
            raise Refusal("the index task needs a letter and a positive offset: list both")

    @cached_property
    def _letters(self) -> np.ndarray:
        return np.flatnonzero([isinstance(entry, str) for entry in self.entries])

    @cached_property
    def _offsets(self) -> dict[int, int]:
        return {entry: id_ for id_, entry in enumerate(self.entries) if isinstance(entry, int)}

    def batch(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Answers]:
        """Draw inputs and answers; see ``Task.batch``."""
        offsets = np.array([offset for offset in self._offsets if 1 <= offset < length])
        if not offsets.size:
            raise Refusal(
                f"no offset of the index task reaches back inside {length} tokens: "
                f"ask for a length above {min(filter(None, self._offsets))}"
            )
        queries = np.array([self._offsets[offset] for offset in offsets.tolist()])
        chosen = rng.integers(offsets.size, size=size)
        answers = rng.choice(self._letters, size)
        inputs = rng.choice(self.tokens, (size, length))
        inputs[np.arange(size), length - 1 - offsets[chosen]] = answers
        inputs[:, -1] = queries[chosen]
        return inputs, answers

    def domains(self, length: int) -> list[Domain]:
        """Returns one domain per offset inside the input: any letter there, any token elsewhere."""
        return [
            Domain(query, self._letters, range(offset, offset + 1), self.tokens)
            for offset, query in sorted(self._offsets.items())
            if 1 <= offset < length
        ]
