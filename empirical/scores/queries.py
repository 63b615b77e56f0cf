"""Chooses the inputs on which a model is scored, and the queries in them."""

import numpy as np

from empirical.files.checkpoint import Checkpoint
from empirical.scores.table import ScoredInputs
from empirical.tasks.dataset import Dataset
from empirical.tasks.multi_hop import MultiHop

STREAM = 5
"""Third word of the seed: keeps these inputs apart from those of training and evaluation."""
LENGTH = 32
"""Tokens per input where the checkpoint has no task."""


def draw(model: Checkpoint, inputs: int) -> ScoredInputs:
    """Returns inputs of the checkpoint's task, or uniform tokens where it names no known task.

    The last token is a query. A multi-hop task gives the first inputs of its test part, and the
    stops from which a walk continues are queries too, of kinds ``hop 1``, ``hop 2``, …

    Args:
        model: the checkpoint; the seed is that of its manifest, or 0.
        inputs: number of inputs.

    Raises:
        Refusal: the task has no input of the longest length that the model was trained on.
    """
    task = model.known_task
    length = max(model.task.train_lengths, default=LENGTH) if model.task else LENGTH
    rng = np.random.default_rng((model.seed, length, STREAM))
    if task is None:
        return ScoredInputs.last(rng.integers(model.config.vocab_size, size=(inputs, length)))
    if not isinstance(task, MultiHop):
        return ScoredInputs.last(task.batch(rng, inputs, length)[0])
    ids, _ = Dataset(task, model.seed).batch("test", 0, inputs)
    return stops(task, ids)


def stops(task: MultiHop, ids: np.ndarray) -> ScoredInputs:
    """Returns inputs with two kinds of query: the last token, and stops from which a walk goes on.

    Args:
        task: the task of the inputs.
        ids: token ids.
    """
    path, hops = task.path(ids), task.hops(ids)
    walked = {f"hop {k}": np.where(hops > k, path[:, k], -1) for k in range(1, task.HOPS)}
    return ScoredInputs(ids, {"last": path[:, 0]} | walked)
