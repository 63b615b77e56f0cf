"""Networks of walks small enough that every input can be run: drawn at random, or half trained."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint, TaskRecord
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.tasks import task_from_entries
from empirical.tasks.letter_walk import LetterWalk
from empirical.tasks.number_walk import NumberWalk
from empirical.tasks.task import Entry
from empirical.training.plan import Plan
from empirical.training.walk_loss import WalkLoss
from tests.empirical import small_models

KINDS = ("letter-2-hops", "letter-3-hops", "letter-1-to-3-hops", "number-2-hops", "number-3-hops")
TOWARDS = WalkLoss(attention=0.3, composition=1.0, lead_weight=0.1)


def entries(kind: str) -> tuple[Entry, ...]:
    """As few tokens as the task takes, and one that is never used."""
    if kind.startswith("number"):
        return ("a", 2, None, "b", 1, 3)
    letters = "abcd" if kind == "letter-2-hops" else "abcde"
    pairs = [(first, second) for first in letters for second in (*letters, 0)]
    return (*pairs[3:], None, *pairs[:3])


def task(kind: str) -> LetterWalk | NumberWalk:
    walk = task_from_entries(kind, entries(kind))
    assert isinstance(walk, LetterWalk | NumberWalk)
    return walk


def plan(kind: str, *, bare: bool, steps: int, seed: int = 0, bound: float = 0.0) -> Plan:
    """A run of a tiny network towards a certificate."""
    asked = task(kind)
    model = GPTJConfig(
        len(asked.entries),
        n_embd=16,
        n_layer=asked.HOPS,
        n_head=1,
        rotary_dim=4 if kind.startswith("letter") else 16,
        n_inner=1 if bare else 8,
        layer_norm_epsilon=0.5 if bare else 1e-5,
    )
    return Plan(
        asked,
        model,
        train_lengths=tuple(range(asked.HOPS + 2, 8)),
        steps=steps,
        seed=seed,
        batch_size=64,
        learning_rate=5e-3,
        attention_only=bare,
        stream=2.0**-12 if bare else 1.0,
        walk_loss=replace(TOWARDS, bound=bound),
        snapshots=(steps // 4, steps // 2, steps),
    )


def drawn(kind: str, seed: int, *, scale: float = 1.0, epsilon: float = 0.01) -> Checkpoint:
    """A network with random weights, every one of which matters."""
    known = entries(kind)
    hops = task(kind).HOPS
    config = GPTJConfig(len(known), 6, hops, 1, 4, n_inner=3, layer_norm_epsilon=epsilon)
    weights = small_models.weights(config, seed)
    for name in weights:
        if "q_proj" in name or "k_proj" in name:
            weights[name] *= np.float32(scale)
    record = TaskRecord(kind, known, (4,))
    return Checkpoint(Path("drawn"), config, weights, "", record, None)


def with_weights(path: Path, file: Path) -> Checkpoint:
    """A checkpoint with the weights of one of its snapshots."""
    model = checkpoint.read(path)
    return replaced(model, {**checkpoint.read_weights(file, model.config)})


def model(checkpoint: Checkpoint) -> GPTJ:
    """The same function in torch, float64."""
    made = GPTJ(checkpoint.config)
    made.load_state_dict({name: torch.from_numpy(w) for name, w in checkpoint.weights.items()})
    return made.double().eval()


def replaced(checkpoint: Checkpoint, weights: dict[str, np.ndarray]) -> Checkpoint:
    """A checkpoint with other weights."""
    return replace(checkpoint, weights=weights)
