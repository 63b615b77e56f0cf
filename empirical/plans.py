"""What one training run is, and the runs behind the shipped checkpoints."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from empirical.models.config import GPTJConfig
from empirical.tasks.dataset import Dataset
from empirical.tasks.index import Index
from empirical.tasks.letter import Letter
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.number import Number
from empirical.tasks.retrieval import Retrieval
from empirical.tasks.task import Answers, Inputs, Task
from theory.refusal import Refusal


@dataclass(frozen=True)
class Plan:
    """Everything that decides the weights of a training run, but the machine.

    Attributes:
        task: what is learned.
        model: the shape of the model.
        train_lengths: tokens per input; each batch has one of them, drawn uniformly.
        seed: of initial weights, batches and dropout.
        steps: batches.
        batch_size: inputs per batch.
        learning_rate: the highest; reached after an eighth of the steps, then falling to zero
            (the warm-up share of urrutia2026heads, App. B).
        snapshots: steps after which the weights are kept, beside those at the end.
        half: whether the trained weights are rounded to float16.

    Raises:
        Refusal: a number out of range, a vocabulary that is not the task's, or a training length
            of which the task has no input.
    """

    task: Task
    model: GPTJConfig
    train_lengths: tuple[int, ...]
    seed: int = 0
    steps: int = 2500
    batch_size: int = 256
    learning_rate: float = 3e-3
    snapshots: tuple[int, ...] = ()
    half: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        for name in ("steps", "batch_size", "learning_rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise Refusal(f"{name} is {getattr(self, name)}: give a positive number")
        if not 0 <= self.seed < 1 << 63:
            raise Refusal(f"seed is {self.seed}: give a number from 0 to below 2^63")
        if not self.train_lengths:
            raise Refusal("train_lengths is empty: give at least one length")
        if self.model.vocab_size != len(self.task.entries):
            raise Refusal(
                f"the model has {self.model.vocab_size} token ids and the {self.task.name} task "
                f"{len(self.task.entries)}: give the model one per token"
            )
        for length in self.train_lengths:  # the task refuses a length that it has no input of
            self.task.batch(np.random.default_rng(0), 1, length)

    def batch(self, step: int) -> tuple[Inputs, Answers]:
        """The inputs and answers of one step, which the seed and the step alone decide.

        A multi-hop task goes through the training part of its dataset, any other draws afresh.
        """
        if isinstance(self.task, MultiHop):
            dataset = Dataset(self.task, self.seed)
            return dataset.batch("train", step * self.batch_size, self.batch_size)
        rng = np.random.default_rng((self.seed, step))
        return self.task.batch(rng, self.batch_size, int(rng.choice(self.train_lengths)))

    def dropout_seed(self, step: int) -> int:
        """The seed of one step's dropout; the third word keeps it apart from the batch's."""
        return int(np.random.SeedSequence((self.seed, step, 1)).generate_state(1)[0])

    def rate(self, step: int) -> float:
        """The learning rate of one step: a straight rise, then a straight fall."""
        top = max(1, self.steps // 8)
        return self.learning_rate * min(
            (step + 1) / top, (self.steps - step) / (self.steps - top + 1)
        )

    def to_json(self) -> dict[str, Any]:
        """What decides the weights, as JSON; snapshots do not."""
        return {
            "task": self.task.name,
            "tokens": [list(e) if isinstance(e, tuple) else e for e in self.task.entries],
            "train_lengths": list(self.train_lengths),
            "model": self.model.to_json(),
            "seed": self.seed,
            "steps": self.steps,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
            **({"half": True} if self.half else {}),
        }


def one_head(task: Task, width: int, rotary_dim: int | None = None, layers: int = 1) -> GPTJConfig:
    """Blocks of one head whose dimensions are all rotary, or the first ``rotary_dim``."""
    rotary = width if rotary_dim is None else rotary_dim
    return GPTJConfig(len(task.entries), n_embd=width, n_layer=layers, n_head=1, rotary_dim=rotary)


def _pairs(letters: Sequence[str], digits: int) -> tuple[tuple[str, str | int], ...]:
    return tuple((first, second) for first in letters for second in (*letters, *range(digits)))


def _one_layer(task: Task, width: int, **changes: Any) -> Plan:
    """Trained on 10 to 32 tokens."""
    return Plan(task, one_head(task, width), train_lengths=tuple(range(10, 33)), **changes)


def _controlled(task: MultiHop) -> Plan:
    """The model and the training of urrutia2026heads, App. B, in fewer steps at a higher rate."""
    model = replace(
        one_head(task, width=128, layers=12),
        n_positions=8192,
        embd_pdrop=0.1,
        attn_pdrop=0.1,
        resid_pdrop=0.1,
    )
    return Plan(
        task,
        model,
        train_lengths=(task.ATOMIC,),
        steps=2000,
        batch_size=64,
        learning_rate=5e-4,
        snapshots=(*range(0, 1200, 25), *range(1200, 2001, 50)),
    )


NAMES = tuple(chr(97 + n) for n in range(26)) + tuple(
    chr(97 + n // 26) + chr(97 + n % 26) for n in range(94)
)
"""The 120 letters of the number task: a to z, then aa to dp."""

PLANS = {
    "index": _one_layer(Index((*"abcdefghijkl", *range(1, 9))), width=32),
    "retrieval": _one_layer(Retrieval(_pairs("abcdef", 4)), width=64),
    "index-full": _one_layer(Index((*NAMES, *range(1, 17))), width=128),
    "retrieval-full": _one_layer(Retrieval(_pairs("abcdefgh", 8)), width=128),
    "number": _controlled(Number((*NAMES, *range(1, 17)))),
    "letter": _controlled(Letter(_pairs("abcdefgh", 8))),
}
"""The runs behind the shipped checkpoints, by the name that ``ropeproof train`` knows."""


def plan_for(
    name: str,
    *,
    steps: int | None = None,
    seed: int | None = None,
    width: int | None = None,
    rotary_dim: int | None = None,
    half: bool = False,
) -> Plan:
    """A shipped run, with some of it changed.

    Args:
        name: of the run, as in ``PLANS``.
        steps: batches, if others than shipped; snapshots that still lie in them are kept.
        seed: the seed, if another than shipped.
        width: of the residual stream, if another than shipped; all of it is rotary then.
        rotary_dim: leading dimensions that are rotated, if others than all.
        half: whether the trained weights are rounded to float16.

    Returns:
        The plan.

    Raises:
        Refusal: no plan of this name, or a number out of range.
    """
    if name not in PLANS:
        raise Refusal(f"no training run is called {name!r}: choose one of {', '.join(PLANS)}")
    plan = PLANS[name]
    width = plan.model.n_embd if width is None else width
    rotary = width if rotary_dim is None else rotary_dim
    steps = plan.steps if steps is None else steps
    return replace(
        plan,
        steps=steps,
        seed=plan.seed if seed is None else seed,
        model=replace(plan.model, n_embd=width, rotary_dim=rotary),
        snapshots=tuple(step for step in plan.snapshots if step <= steps),
        half=half,
    )
