"""Models so small that every input can be run, in float64."""

from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import torch

from empirical.files.checkpoint import Checkpoint, TaskRecord
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.tasks import task_from_entries
from empirical.tasks.task import Domain, Entry, OneHop
from tests.empirical import small_models

TASKS: dict[str, tuple[Entry, ...]] = {
    "index": ("a", "b", None, 1, 2, 3),
    "retrieval": (("a", "b"), ("b", "a"), None, ("b", 1), ("a", 0), ("c", "b")),
}


@cache
def checkpoint(
    task: str, seed: int, biases: bool, strength: float, rotary: int, heads: int = 1
) -> Checkpoint:
    """A random model; ``strength`` scales what attention writes: less is easier to prove."""
    entries = TASKS[task]
    config = GPTJConfig(len(entries), 6, 1, heads, rotary, n_inner=3, layer_norm_epsilon=0.01)
    weights = small_models.weights(config, seed)
    weights["transformer.h.0.attn.out_proj.weight"] *= np.float32(strength)
    weights["lm_head.bias"] *= 5
    weights["transformer.ln_f.bias"] *= 3
    if not biases:
        weights["lm_head.bias"] *= 0
        weights["transformer.ln_f.bias"] *= 0
    record = TaskRecord(task, entries, (2, 3))
    return Checkpoint(
        path=Path("tiny"),
        config=config,
        weights=weights,
        sha256="",
        task=record,
        manifest=None,
    )


def model(checkpoint: Checkpoint) -> GPTJ:
    """The same function in torch, float64."""
    made = GPTJ(checkpoint.config)
    made.load_state_dict({name: torch.from_numpy(w) for name, w in checkpoint.weights.items()})
    return made.double().eval()


def domain_of(checkpoint: Checkpoint, query: int, length: int) -> Domain:
    assert checkpoint.task is not None
    task = task_from_entries(checkpoint.task.name, checkpoint.task.entries)
    assert isinstance(task, OneHop)
    return next(d for d in task.domains(length) if d.query == query)


@torch.inference_mode()
def worst_margins(checkpoint: Checkpoint, length: int) -> dict[tuple[int, int], float]:
    """Least margin over every input and rival, by query and answer: run one by one."""
    assert checkpoint.task is not None
    task = task_from_entries(checkpoint.task.name, checkpoint.task.entries)
    assert isinstance(task, OneHop)
    run = model(checkpoint)
    worst = {}
    for domain in task.domains(length):
        for answer in domain.answers.tolist():
            inputs = []
            for place in domain.distances:
                choices = [domain.others.tolist()] * length
                choices[length - 1 - place] = [answer]
                choices[-1] = [domain.query]
                inputs += list(product(*choices))
            logits = run(torch.tensor(inputs), last_only=True)[:, 0]
            others = logits.clone()
            others[:, answer] = -torch.inf
            margins = logits[:, answer] - others.max(dim=1).values
            worst[domain.query, answer] = float(margins.min())
    return worst


@torch.inference_mode()
def margin(checkpoint: Checkpoint, witness: tuple[int, ...], answer: int, rival: int) -> float:
    """The logit difference on one input."""
    logits = model(checkpoint)(torch.tensor([witness]), last_only=True)[0, 0]
    return float(logits[answer] - logits[rival])
