"""Counts how often a model answers a task right."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Int64
from scipy.stats import binomtest

from empirical.models.family import FamilyModel
from empirical.models.gptj import GPTJ
from empirical.tasks.dataset import Dataset
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Answers, Inputs, Task
from theory.refusal import Refusal

TOKENS_AT_ONCE = {"cpu": 1 << 12, "cuda": 1 << 18}
"""Tokens in one pass of the model: few enough for a processor's cache, many enough for a GPU."""
DRAWN_AT_ONCE = 256
"""Inputs drawn in one call of the task; decides, with the seed, which inputs are drawn."""
STREAM = 2
"""Third word of the seed: keeps these inputs apart from those of training."""


@dataclass(frozen=True)
class Count:
    """The number of right answers among some inputs.

    Attributes:
        correct: number of right answers.
        total: number of inputs.
    """

    correct: int
    total: int

    def interval(self, confidence: float = 0.99) -> tuple[float, float]:
        """Returns the exact (Clopper–Pearson) confidence interval of the share of right answers.

        Args:
            confidence: level, between 0 and 1.
        """
        return _interval(self.correct, self.total, confidence)


@cache  # SciPy searches for its ends, and snapshots of one run have the same few counts
def _interval(correct: int, total: int, confidence: float) -> tuple[float, float]:
    ends = binomtest(correct, total).proportion_ci(confidence, method="exact")
    return float(ends.low), float(ends.high)


def accuracy(model: GPTJ | FamilyModel, task: Task, length: int, inputs: int, seed: int) -> Count:
    """Count the right answers of a model on new inputs of one length.

    Args:
        model: the model; its mode (training or not) is kept.
        task: draws inputs and answers.
        length: tokens per input.
        inputs: number of inputs.
        seed: of the draw; the same seed and length give the same inputs.

    Returns:
        The number of inputs whose answer is the most likely next token.

    Raises:
        Refusal: the task has no input of this length.
    """
    if length < 1:
        raise Refusal(f"no input has {length} tokens: ask for a positive length")
    rng = np.random.default_rng((seed, length, STREAM))
    correct = 0
    for start in range(0, inputs, DRAWN_AT_ONCE):
        ids, answers = task.batch(rng, min(DRAWN_AT_ONCE, inputs - start), length)
        correct += int(right(model, ids, answers).sum())
    return Count(correct, inputs)


@torch.inference_mode()
def right(model: GPTJ | FamilyModel, ids: Inputs, answers: Answers) -> Bool[np.ndarray, " size"]:
    """Returns for each input whether the most likely next token is the answer.

    Args:
        model: the model; its mode (training or not) is kept.
        ids: token ids, one input per row.
        answers: token ids.
    """
    mode, device = model.training, next(model.parameters()).device
    at_once = max(1, TOKENS_AT_ONCE[device.type] // ids.shape[1])
    model.eval()
    try:
        likeliest = [
            model(torch.from_numpy(part).to(device), last_only=True)[:, 0].argmax(dim=-1).cpu()
            for part in np.split(ids, range(at_once, len(ids), at_once))
        ]
    finally:
        model.train(mode)
    correct: Bool[np.ndarray, " size"] = torch.cat(likeliest).numpy() == answers
    return correct


def accuracy_by_hops(
    model: GPTJ | FamilyModel, task: MultiHop, inputs: int, seed: int
) -> dict[int, Count]:
    """Count the right answers of a model on the first inputs of its dataset's test part.

    Args:
        model: the model; its mode is kept.
        task: the task that the model learned.
        inputs: number of inputs, at most the size of the test part.
        seed: of the dataset.

    Returns:
        Right answers by number of hops.
    """
    dataset = Dataset(task, seed)
    correct, hops = [], []
    for start in range(0, inputs, DRAWN_AT_ONCE):
        ids, answers = dataset.batch("test", start, min(DRAWN_AT_ONCE, inputs - start))
        correct.append(right(model, ids, answers))
        hops.append(task.hops(ids))
    return by_hops(np.concatenate(correct), np.concatenate(hops))


def by_hops(
    correct: Bool[np.ndarray, " size"], hops: Int64[np.ndarray, " size"]
) -> dict[int, Count]:
    """Returns the number of right answers for each number of hops.

    Args:
        correct: whether each answer is right.
        hops: number of hops of each input.
    """
    return {
        kind: Count(int(correct[hops == kind].sum()), int((hops == kind).sum()))
        for kind in np.unique(hops).tolist()
    }
