"""Generates the inputs of a multi-hop task on which models are trained and tested.

Size, balance and splits are those of urrutia2026heads, App. B: each number of hops, each answer and
each position of the answer is equally frequent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np

from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Answers, Inputs

Split: TypeAlias = Literal["train", "validation", "test"]

SIZE = 480_000
"""Number of inputs of a dataset."""
GROUPS_AT_ONCE = 200
"""Number of groups in a chunk; a group has one input of each number of hops."""
SPLITS: dict[Split, slice] = {
    "train": slice(0, 180),
    "validation": slice(180, 181),
    "test": slice(181, GROUPS_AT_ONCE),
}
"""The groups of each chunk that belong to each split: 90, 0.5 and 9.5 percent."""
STREAM, ORDERS = 3, 4
"""Words of the seed that keep these draws apart from those of ``evaluation`` and each other."""


@dataclass(frozen=True)
class Dataset:
    """``SIZE`` inputs of ``ATOMIC`` tokens; at most two chunks of them are in memory.

    Attributes:
        task: the task of the inputs.
        seed: of the draw.
    """

    task: MultiHop
    seed: int

    def size(self, split: Split) -> int:
        """Returns the number of inputs of a split."""
        groups = len(range(GROUPS_AT_ONCE)[SPLITS[split]])
        return SIZE // GROUPS_AT_ONCE * groups

    def batch(self, split: Split, start: int, size: int) -> tuple[Inputs, Answers]:
        """Returns consecutive inputs of a split, which starts again from the first after the last.

        Of ``HOPS`` consecutive inputs each has another number of hops.

        Args:
            split: the split.
            start: index of the first input.
            size: number of inputs.

        Returns:
            Token ids ``[size, ATOMIC]`` and answers ``[size]``; see ``Task.batch``.
        """
        per_chunk = self.size(split) // (SIZE // (GROUPS_AT_ONCE * self.task.HOPS))
        numbers = np.arange(start, start + size) % self.size(split)
        chunks, places = np.divmod(numbers, per_chunk)
        inputs, answers = [], []
        for chunk in dict.fromkeys(chunks.tolist()):
            chunk_inputs, chunk_answers = _part(self, split, chunk)
            in_chunk = places[chunks == chunk]
            inputs.append(chunk_inputs[in_chunk])
            answers.append(chunk_answers[in_chunk])
        return np.concatenate(inputs), np.concatenate(answers)

    def batches(self, split: Split, size: int) -> Iterator[tuple[Inputs, Answers]]:
        """Yields a whole split in batches of at most ``size`` inputs."""
        total = self.size(split)
        for start in range(0, total, size):
            yield self.batch(split, start, min(size, total - start))


@lru_cache(maxsize=2)
def _part(dataset: Dataset, split: Split, chunk: int) -> tuple[Inputs, Answers]:
    """Returns the inputs of one chunk that belong to a split."""
    task, seed = dataset.task, dataset.seed
    groups = chunk * GROUPS_AT_ONCE + np.arange(GROUPS_AT_ONCE)[SPLITS[split]]
    hops = np.arange(1, task.HOPS + 1)
    turns = np.stack([_turns(seed, kind, groups, task) for kind in hops.tolist()], axis=1).ravel()
    which, places = np.divmod(turns, task.WINDOW)
    answers = task.answers[which]
    rng = np.random.default_rng((seed, chunk, STREAM, SPLITS[split].start))
    return task.compose(rng, np.tile(hops, groups.size), places, answers, task.ATOMIC), answers


def _turns(seed: int, hops: int, groups: np.ndarray, task: MultiHop) -> np.ndarray:
    """Returns the index of each group's combination of answer and position.

    All combinations follow in random order, then again in another order.
    """
    rounds, turns = np.divmod(groups, task.answers.size * task.WINDOW)
    orders = {
        round_: np.random.default_rng((seed, round_, STREAM, ORDERS, hops)).permutation(
            task.answers.size * task.WINDOW
        )
        for round_ in dict.fromkeys(rounds.tolist())
    }
    pairs = zip(rounds.tolist(), turns.tolist(), strict=True)
    return np.array([orders[round_][turn] for round_, turn in pairs])
