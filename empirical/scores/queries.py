"""Which inputs a model is scored on, and which tokens of them ask."""

import numpy as np

from empirical.files.checkpoint import Checkpoint
from empirical.scores.table import ScoredInputs
from empirical.tasks import task_from_entries, tasks
from empirical.tasks.dataset import Dataset
from empirical.tasks.multi_hop import MultiHop

STREAM = 5
"""Third word of the seed: keeps these inputs apart from those of training and evaluation."""
LENGTH = 32
"""Tokens per input where no task says it."""


def draw(found: Checkpoint, inputs: int) -> ScoredInputs:
    """Inputs of the checkpoint's task; uniform tokens where it names none that is known.

    Of a multi-hop task these are the first of the test part, and the stops from which the walk
    goes on ask as well, as ``hop 1``, ``hop 2``, …; else only the last token does.

    Args:
        found: the checkpoint; its manifest says the seed, else it is 0.
        inputs: how many.

    Raises:
        Refusal: the task has no input of the longest length that the model was trained on.
    """
    seed = int((found.manifest or {}).get("seed", 0))
    record = found.task
    length = max(record.train_lengths, default=LENGTH) if record else LENGTH
    rng = np.random.default_rng((seed, length, STREAM))
    if record is None or record.name not in tasks():
        return ScoredInputs.last(rng.integers(found.config.vocab_size, size=(inputs, length)))
    task = task_from_entries(record.name, record.entries)
    if not isinstance(task, MultiHop):
        return ScoredInputs.last(task.batch(rng, inputs, length)[0])
    ids, _ = Dataset(task, seed).batch("test", 0, inputs)
    return stops(task, ids)


def stops(task: MultiHop, ids: np.ndarray) -> ScoredInputs:
    """The last token, and the stops from which the walk goes on."""
    path, hops = task.path(ids), task.hops(ids)
    walked = {f"hop {k}": np.where(hops > k, path[:, k], -1) for k in range(1, task.HOPS)}
    return ScoredInputs(ids, {"last": path[:, 0]} | walked)
