"""How often a model answers a task right, in exact counts."""

from dataclasses import dataclass

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

TOKENS_AT_ONCE = 1 << 12
"""Tokens in one pass of the model: few enough to stay in cache; it decides no count."""
DRAWN_AT_ONCE = 256
"""Inputs drawn in one call of the task: with the seed, it decides which inputs are asked."""
STREAM = 2
"""Third word of the seed: keeps these inputs apart from those of training."""


@dataclass(frozen=True)
class Count:
    """Right answers among inputs asked."""

    correct: int
    total: int

    def interval(self, confidence: float = 0.99) -> tuple[float, float]:
        """The exact (Clopper–Pearson) confidence interval of the share of right answers."""
        found = binomtest(self.correct, self.total).proportion_ci(confidence, method="exact")
        return float(found.low), float(found.high)


def accuracy(model: GPTJ | FamilyModel, task: Task, length: int, inputs: int, seed: int) -> Count:
    """Ask a model fresh inputs of one length.

    Args:
        model: the model; its mode (training or not) is kept.
        task: draws inputs and answers.
        length: tokens per input.
        inputs: how many inputs.
        seed: of the draw; the same inputs for the same seed and length.

    Returns:
        How many of the inputs got their answer as the most likely next token.

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
    """Whether the most likely next token is the answer, for each input.

    Args:
        model: the model; its mode (training or not) is kept.
        ids: token ids, one input per row.
        answers: token ids.
    """
    at_once = max(1, TOKENS_AT_ONCE // ids.shape[1])
    mode, device = model.training, next(model.parameters()).device
    model.eval()
    try:
        said = [
            model(torch.from_numpy(part).to(device), last_only=True)[:, 0].argmax(dim=-1).cpu()
            for part in np.split(ids, range(at_once, len(ids), at_once))
        ]
    finally:
        model.train(mode)
    told: Bool[np.ndarray, " size"] = torch.cat(said).numpy() == answers
    return told


def accuracy_by_hops(
    model: GPTJ | FamilyModel, task: MultiHop, inputs: int, seed: int
) -> dict[int, Count]:
    """Ask a model the first inputs of its dataset's test part.

    Args:
        model: the model; its mode is kept.
        task: the task it learned.
        inputs: how many inputs, at most all of the part.
        seed: of the dataset.

    Returns:
        Right answers by number of hops.
    """
    dataset = Dataset(task, seed)
    told, hops = [], []
    for start in range(0, inputs, DRAWN_AT_ONCE):
        ids, answers = dataset.batch("test", start, min(DRAWN_AT_ONCE, inputs - start))
        told.append(right(model, ids, answers))
        hops.append(task.hops(ids))
    return by_hops(np.concatenate(told), np.concatenate(hops))


def by_hops(told: Bool[np.ndarray, " size"], hops: Int64[np.ndarray, " size"]) -> dict[int, Count]:
    """Count right answers for each number of hops."""
    return {
        kind: Count(int(told[hops == kind].sum()), int((hops == kind).sum()))
        for kind in np.unique(hops).tolist()
    }
