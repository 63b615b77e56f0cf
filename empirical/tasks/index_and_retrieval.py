"""Index and Retrieval over one vocabulary; the last token decides which of them the input is of."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from empirical.tasks.index import IndexTask
from empirical.tasks.retrieval import RetrievalTask
from empirical.tasks.task import Answers, Inputs, Task


@dataclass(frozen=True)
class IndexAndRetrieval(Task):
    """Letters and offsets for Index, pairs for Retrieval.

    Random inputs: each belongs to either task with probability 1/2 and is drawn as that task draws,
    over its own tokens.

    Raises:
        Refusal: the tokens do not make up both tasks.
    """

    name: ClassVar[str] = "index-and-retrieval"

    def __post_init__(self) -> None:
        """Refuse tokens that do not make up both tasks."""
        super().__post_init__()
        _ = self.index, self.retrieval

    @cached_property
    def index(self) -> IndexTask:
        """The Index task of the letters and offsets, under the same token ids."""
        return IndexTask(
            tuple(None if isinstance(entry, tuple) else entry for entry in self.entries)
        )

    @cached_property
    def retrieval(self) -> RetrievalTask:
        """The Retrieval task of the pairs, under the same token ids."""
        return RetrievalTask(
            tuple(entry if isinstance(entry, tuple) else None for entry in self.entries)
        )

    def batch(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Answers]:
        """Draw inputs and answers; see ``Task.batch``."""
        inputs, answers = self.index.batch(rng, size, length)
        others, their_answers = self.retrieval.batch(rng, size, length)
        other = rng.random(size) < 0.5
        return np.where(other[:, None], others, inputs), np.where(other, their_answers, answers)
