"""How often a model answers a task right, in exact counts."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from empirical.models.gptj import GPTJ
from empirical.tasks.task import Task
from theory.refusal import Refusal

TOKENS_AT_ONCE = 1 << 17
"""Tokens in one pass of the model: what bounds memory; it decides no count."""
DRAWN_AT_ONCE = 256
"""Inputs drawn in one call of the task: with the seed, it decides which inputs are asked."""
STREAM = 2
"""Third word of the seed: keeps these inputs apart from those of training."""


@dataclass(frozen=True)
class Count:
    """Right answers among inputs asked."""

    correct: int
    total: int


@torch.inference_mode()
def accuracy(model: GPTJ, task: Task, length: int, inputs: int, seed: int) -> Count:
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
    device = model.lm_head.weight.device
    at_once = max(1, TOKENS_AT_ONCE // length)
    mode = model.training
    model.eval()
    correct = 0
    try:
        for start in range(0, inputs, DRAWN_AT_ONCE):
            ids, answers = task.batch(rng, min(DRAWN_AT_ONCE, inputs - start), length)
            for part in range(0, len(ids), at_once):
                asked = torch.from_numpy(ids[part : part + at_once]).to(device)
                said = model(asked, last_only=True)[:, 0].argmax(dim=-1).cpu().numpy()
                correct += int((said == answers[part : part + at_once]).sum())
    finally:
        model.train(mode)
    return Count(correct, inputs)


def accuracy_by_length(
    model: GPTJ, task: Task, lengths: Iterable[int], inputs: int, seed: int
) -> dict[int, Count]:
    """``accuracy`` at each of several lengths, in the order given."""
    return {length: accuracy(model, task, length, inputs, seed) for length in lengths}
