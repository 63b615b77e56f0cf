"""The inputs of a multi-hop task that models are trained and tested on, made as they are asked for.

Sizes, balance and splits of urrutia2026heads, App. B: as many inputs with each number of hops,
with each answer and with each place of the answer.
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
GROUPS_AT_ONCE = 200
"""Groups of a chunk; a group has one input of each number of hops."""
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
    """``SIZE`` inputs of ``ATOMIC`` tokens, of which never more than two chunks are in memory.

    Attributes:
        task: whose inputs.
        seed: which inputs.
    """

    task: MultiHop
    seed: int

    def size(self, split: Split) -> int:
        """How many inputs a split has."""
        groups = len(range(GROUPS_AT_ONCE)[SPLITS[split]])
        return SIZE // GROUPS_AT_ONCE * groups

    def batch(self, split: Split, start: int, size: int) -> tuple[Inputs, Answers]:
        """Consecutive inputs of a split, which begins anew where it ends.

        Neighbours differ in their hops: of ``HOPS`` consecutive inputs, each has another number.

        Args:
            split: which part.
            start: the number of the first input.
            size: how many.

        Returns:
            Token ids ``[size, ATOMIC]`` and answers ``[size]``; see ``Task.batch``.
        """
        per_chunk = self.size(split) // (SIZE // (GROUPS_AT_ONCE * self.task.HOPS))
        numbers = np.arange(start, start + size) % self.size(split)
        parts = [
            [part[numbers[numbers // per_chunk == chunk] % per_chunk] for part in held]
            for chunk in dict.fromkeys((numbers // per_chunk).tolist())
            for held in [_part(self, split, chunk)]
        ]
        inputs, answers = (np.concatenate(part) for part in zip(*parts, strict=True))
        return inputs, answers

    def batches(self, split: Split, size: int) -> Iterator[tuple[Inputs, Answers]]:
        """A whole split, at most ``size`` inputs at once."""
        total = self.size(split)
        for start in range(0, total, size):
            yield self.batch(split, start, min(size, total - start))


@lru_cache(maxsize=2)
def _part(dataset: Dataset, split: Split, chunk: int) -> tuple[Inputs, Answers]:
    """The inputs of one chunk that belong to a split."""
    task, seed = dataset.task, dataset.seed
    groups = chunk * GROUPS_AT_ONCE + np.arange(GROUPS_AT_ONCE)[SPLITS[split]]
    hops = np.arange(1, task.HOPS + 1)
    turns = np.stack([_turns(seed, kind, groups, task) for kind in hops.tolist()], axis=1).ravel()
    which, places = np.divmod(turns, task.WINDOW)
    answers = task.answers[which]
    rng = np.random.default_rng((seed, chunk, STREAM, SPLITS[split].start))
    return task.compose(rng, np.tile(hops, groups.size), places, answers, task.ATOMIC), answers


def _turns(seed: int, hops: int, groups: np.ndarray, task: MultiHop) -> np.ndarray:
    """Which answer at which place a group has: all combinations in random order, then again."""
    rounds, turns = np.divmod(groups, task.answers.size * task.WINDOW)
    orders = {
        round_: np.random.default_rng((seed, round_, STREAM, ORDERS, hops)).permutation(
            task.answers.size * task.WINDOW
        )
        for round_ in dict.fromkeys(rounds.tolist())
    }
    pairs = zip(rounds.tolist(), turns.tolist(), strict=True)
    return np.array([orders[round_][turn] for round_, turn in pairs])
