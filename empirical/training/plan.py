"""Defines a training run."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from empirical.models.config import GPTJConfig
from empirical.models.family import FamilyConfig
from empirical.tasks.dataset import Dataset
from empirical.tasks.language import Everywhere
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Answers, Inputs, Task
from empirical.tasks.walks_anywhere import WalksAnywhere
from empirical.training.walk_loss import WalkLoss
from theory.refusal import Refusal


@dataclass(frozen=True)
class Plan:
    """Everything that decides the weights of a training run, except the machine.

    Attributes:
        task: the task to learn.
        model: the shape of the model.
        train_lengths: tokens per input; each batch has one of them, drawn uniformly.
        seed: of initial weights, batches and dropout.
        steps: number of batches.
        batch_size: inputs per batch.
        learning_rate: the largest rate. It is reached after an eighth of the steps and then falls
            to zero (the warm-up share of urrutia2026heads, App. B).
        snapshots: steps after which the weights are saved, besides those at the end.
        half: whether the trained weights are rounded to float16.
        attention_only: whether MLPs, of one hidden unit each, are kept at zero.
        previous_token: factor of a term of the loss: −log of the weight that the heads of the first
            layer put on the previous token, mean over positions and heads, in nats.
        first_shift: standard deviation of the initial shift of the first LayerNorm, which all
            tokens share. If it is positive, the first layer attends by position from the start.
        margin: number by which the loss lowers the logit of the answer.
        stream: if given, the width of the initial residual stream, in units of what a layer
            without LayerNorm would read; other weights are drawn as wide as their inputs require.
            Far below the root of ``layer_norm_epsilon`` the divisor of every LayerNorm is a
            constant: attention alone is left. The gains, which undo the divisor, are not learned.
        walk_loss: the terms of the loss for a network of walks, beside that of its answers.

    Raises:
        Refusal: a number is out of range; the vocabulary is not the task's; the task has no input
            of a training length; MLPs that are kept at zero have more than one unit; or another
            family than GPT-J has a changed loss or MLP.
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
    attention_only: bool = False
    previous_token: float = 0.0
    first_shift: float = 0.0
    margin: float = 0.0
    stream: float | None = None
    walk_loss: WalkLoss | None = None

    def __post_init__(self) -> None:
        """Refuse plans that cannot be run."""
        for name in ("steps", "batch_size", "learning_rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise Refusal(f"{name} is {getattr(self, name)}: give a positive number")
        for name in ("previous_token", "first_shift", "margin"):
            if not 0 <= getattr(self, name) < math.inf:
                raise Refusal(f"{name} is {getattr(self, name)}: give a number from 0 on")
        if not 0 <= self.seed < 1 << 63:
            raise Refusal(f"seed is {self.seed}: give a number from 0 to below 2^63")
        if not self.train_lengths:
            raise Refusal("train_lengths is empty: give at least one length")
        if self.model.vocab_size != len(self.task.entries):
            raise Refusal(
                f"the model has {self.model.vocab_size} token ids and the {self.task.name} task "
                f"{len(self.task.entries)}: give the model one per token"
            )
        if self.attention_only and self.model.inner > 1:
            raise Refusal(
                f"an attention-only model has no use for {self.model.inner} hidden units: "
                "give n_inner as 1"
            )
        changed = self.attention_only or self.previous_token or self.first_shift
        if isinstance(self.model, FamilyConfig) and changed:
            raise Refusal(
                "attention_only, previous_token and first_shift are for GPT-J: leave them out"
            )
        if self.stream is not None and not 0 < self.stream < math.inf:
            raise Refusal(f"stream is {self.stream}: give a positive number, or none")
        if self.walk_loss is not None:
            self._require_walks()
        for length in self.train_lengths:  # the task refuses a length that it has no input of
            self.task.batch(np.random.default_rng(0), 1, length)

    def _require_walks(self) -> None:
        """Refuse a loss of walks where there are none to follow."""
        layers, heads = self.model.n_layer, self.model.n_head
        if isinstance(self.model, FamilyConfig) or not isinstance(self.task, WalksAnywhere):
            raise Refusal("walk_loss is for GPT-J on a task of walks anywhere: leave it out")
        if (layers, heads) != (self.task.HOPS, 1):
            raise Refusal(
                f"walk_loss asks for {self.task.HOPS} layers of one head, one per hop, and the "
                f"model has {layers} of {heads}: change n_layer or n_head"
            )

    def batch(self, step: int) -> tuple[Inputs, Answers | Inputs]:
        """Returns the inputs and answers of one step; they depend on seed and step alone.

        A multi-hop task steps through the training part of its dataset; any other task draws new
        inputs. Tasks of kind ``Everywhere`` have an answer at every position.
        """
        if isinstance(self.task, MultiHop):
            dataset = Dataset(self.task, self.seed)
            return dataset.batch("train", step * self.batch_size, self.batch_size)
        rng = np.random.default_rng((self.seed, step))
        length = int(rng.choice(self.train_lengths))
        if isinstance(self.task, Everywhere):
            return self.task.everywhere(rng, self.batch_size, length)
        if isinstance(self.task, WalksAnywhere):
            return self.task.drawn(rng, self.batch_size, length, self.task.HARD)
        return self.task.batch(rng, self.batch_size, length)

    def dropout_seed(self, step: int) -> int:
        """Returns the seed of one step's dropout, which differs from the seed of its batch."""
        return int(np.random.SeedSequence((self.seed, step, 1)).generate_state(1)[0])

    def rate(self, step: int) -> float:
        """Returns the learning rate of one step: a linear rise, then a linear fall."""
        top = max(1, self.steps // 8)
        return self.learning_rate * min(
            (step + 1) / top, (self.steps - step) / (self.steps - top + 1)
        )

    def to_json(self) -> dict[str, Any]:
        """Returns what decides the weights as JSON, so without the snapshots."""
        return {
            "task": self.task.name,
            "tokens": [list(e) if isinstance(e, tuple) else e for e in self.task.entries],
            "train_lengths": list(self.train_lengths),
            "model": self.model.to_json(),
            "seed": self.seed,
            "steps": self.steps,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
            **{
                name: getattr(self, name)
                for name in ("half", "attention_only", "previous_token", "first_shift", "margin")
                if getattr(self, name)
            },
            **({} if self.stream is None else {"stream": self.stream}),
            **({} if self.walk_loss is None else {"walk_loss": self.walk_loss.to_json()}),
        }
