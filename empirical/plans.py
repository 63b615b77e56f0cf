"""What one training run is, and the runs behind the shipped checkpoints."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from empirical.models.config import GPTJConfig
from empirical.tasks.index import Index
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
        """The inputs and answers of one step, drawn from the seed and the step alone."""
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
        """The plan as JSON."""
        return {
            "task": self.task.name,
            "tokens": [list(e) if isinstance(e, tuple) else e for e in self.task.entries],
            "train_lengths": list(self.train_lengths),
            "model": self.model.to_json(),
            "seed": self.seed,
            "steps": self.steps,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
        }


def one_head(task: Task, width: int) -> GPTJConfig:
    """A block with one head whose dimensions are all rotary."""
    return GPTJConfig(len(task.entries), n_embd=width, n_layer=1, n_head=1, rotary_dim=width)


def _default(task: Task, width: int) -> Plan:
    return Plan(task, one_head(task, width), train_lengths=tuple(range(10, 33)))


PLANS = {
    plan.task.name: plan
    for plan in (
        _default(Index((*"abcdefghijkl", *range(1, 9))), width=32),
        _default(
            Retrieval(
                tuple((first, second) for first in "abcdef" for second in (*"abcdef", *range(4)))
            ),
            width=64,
        ),
    )
}
"""The run behind each shipped checkpoint, by task."""


def plan_for(
    task: str, steps: int | None = None, seed: int | None = None, width: int | None = None
) -> Plan:
    """The shipped run of a task, with some of it changed.

    Args:
        task: the task's name.
        steps: batches, if others than shipped.
        seed: the seed, if another than shipped.
        width: of the residual stream, if another than shipped.

    Returns:
        The plan.

    Raises:
        Refusal: no plan for such a task, or a number out of range.
    """
    if task not in PLANS:
        raise Refusal(f"no training plan for task {task!r}: choose one of {', '.join(PLANS)}")
    plan = PLANS[task]
    return replace(
        plan,
        steps=plan.steps if steps is None else steps,
        seed=plan.seed if seed is None else seed,
        model=plan.model if width is None else one_head(plan.task, width),
    )
