"""Holds what predictions are made about: a checkpoint, its canonical heads and its measurements."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float
from scipy.special import softmax

from empirical.files.checkpoint import Checkpoint
from empirical.heads import gptj
from empirical.heads.canonical import Head
from empirical.heads.discrepancy import GapRange, gap_range
from empirical.heads.executed import last_query_logits
from empirical.mechanism import survival_table
from empirical.mechanism.survival_table import SurvivalTable
from empirical.models.gptj import GPTJ
from empirical.tasks.dataset import Dataset
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Domain, Inputs, OneHop, Task
from empirical.trajectories import score_trajectory
from empirical.trajectories.score_trajectory import ScoreTrajectory

SEED = 20_260
"""Seed of the inputs on which predictions are measured; no training run uses it."""
WORK = 300_000
"""The largest number of tokens times layers that is run at one length."""
WALKS = 400
"""Number of inputs of multi-hop tasks on which mechanisms are measured."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """One head at one length on one query: possible gaps and measured ones.

    Attributes:
        head: index of the head in its block.
        length: tokens per input.
        domain: the query, and the tokens allowed at each position.
        possible: the range of gaps over every input, from the closed form.
        gaps: per random input, the answer's executed logit minus the largest other.
        weights: per random input, the attention weight of the answer.
        tops: per random input, the largest attention weight.
    """

    head: int
    length: int
    domain: Domain
    possible: GapRange
    gaps: Float[np.ndarray, " inputs"]
    weights: Float[np.ndarray, " inputs"]
    tops: Float[np.ndarray, " inputs"]


@dataclass(frozen=True, eq=False)
class Subject:
    """A checkpoint under examination.

    Attributes:
        checkpoint: the checkpoint.
        lengths: the input lengths to examine, in tokens.
        inputs: the largest number of inputs drawn at a length.
    """

    checkpoint: Checkpoint
    lengths: tuple[int, ...]
    inputs: int = 2_000

    @classmethod
    def of(cls, checkpoint: Checkpoint, lengths: tuple[int, ...] | None = None) -> "Subject":
        """Returns the subject at given lengths, or at 1, 2, 4 and 16 times the longest trained."""
        longest = max(checkpoint.task.train_lengths, default=0) if checkpoint.task else 0
        usual = tuple(longest * factor for factor in (1, 2, 4, 16)) if longest else ()
        return cls(checkpoint, usual if lengths is None else lengths)

    def inputs_at(self, length: int) -> int:
        """Returns the number of inputs drawn at a length: fewer where they take more work."""
        return min(self.inputs, max(30, WORK // (length * self.checkpoint.config.n_layer)))

    @cached_property
    def model(self) -> GPTJ:
        """The model in torch, float32, evaluation mode."""
        return GPTJ.of(self.checkpoint.config, self.checkpoint.weights)

    @cached_property
    def task(self) -> Task | None:
        """The task of the checkpoint, if it names a known one."""
        return self.checkpoint.known_task

    @cached_property
    def trajectory(self) -> ScoreTrajectory | None:
        """The score trajectory of the training run, if its directory has the table."""
        path = self.checkpoint.path
        return score_trajectory.read(path) if (path / score_trajectory.TABLE).exists() else None

    @cached_property
    def survival(self) -> SurvivalTable | None:
        """How long the heads keep their peaks, if the directory has the table."""
        return survival_table.read(self.checkpoint.path)

    @cached_property
    def walks(self) -> Inputs:
        """Inputs of the test part of a multi-hop task, on which mechanisms are measured."""
        if not isinstance(self.task, MultiHop):
            raise TypeError("only multi-hop tasks have walks")
        return Dataset(self.task, self.checkpoint.seed).batch("test", 0, WALKS)[0]

    @cached_property
    def heads(self) -> list[Head]:
        """The canonical heads of the first block on the vocabulary."""
        embedding = self.checkpoint.weights["transformer.wte.weight"]
        return gptj.heads(self.checkpoint.config, self.checkpoint.weights, 0, embedding)

    @cached_property
    def rounding(self) -> float:
        """The allowance for executed logits of the first block, over the whole vocabulary."""
        return self.rounding_of(0, self.checkpoint.weights["transformer.wte.weight"])

    def rounding_of(self, layer: int, contents: Float[np.ndarray, "contents width"]) -> float:
        """Returns a first-order bound on the error of an executed float32 logit of a block.

        Each sum of ``width`` products in LayerNorm, projection and score, and the rotation, is
        taken to err by at most ``width + 8`` times ``2⁻²⁴`` of its sum of moduli. Terms of second
        order are ignored.

        Args:
            layer: index of the block.
            contents: the rows of the residual stream that the block reads.
        """
        config, weights = self.checkpoint.config, self.checkpoint.weights
        block = f"transformer.h.{layer}"
        scale, shift = weights[f"{block}.ln_1.weight"], weights[f"{block}.ln_1.bias"]
        normed = np.abs(
            gptj.layer_norm(contents.astype(np.float64), scale, shift, config.layer_norm_epsilon)
        )
        query, key = (
            normed @ np.abs(weights[f"{block}.attn.{name}.weight"]).T
            for name in ("q_proj", "k_proj")
        )
        largest = (query.max(axis=0) @ key.max(axis=0)) * config.head_dim**-0.5
        return float(4 * (config.n_embd + 8) * 2.0**-24 * largest)

    def grouped(self) -> list[tuple[str, list[Measurement]]]:
        """Returns the measurements of each length and head, with a label such as ``L0H0 n=32``."""
        groups: dict[tuple[int, int], list[Measurement]] = {}
        for m in self.measurements:
            groups.setdefault((m.length, m.head), []).append(m)
        return [(f"L0H{head} n={length}", group) for (length, head), group in groups.items()]

    @cached_property
    def measurements(self) -> tuple[Measurement, ...]:
        """Measurements of every head, length and query of a one-block model of a one-hop task.

        Empty for other models.
        """
        if not isinstance(self.task, OneHop) or self.checkpoint.config.n_layer > 1:
            return ()
        return tuple(m for length in self.lengths for m in self._measured(self.task, length))

    def _measured(self, task: OneHop, length: int) -> Iterator[Measurement]:
        ids, _ = task.batch(np.random.default_rng((SEED, length)), self.inputs_at(length), length)
        executed = last_query_logits(self.model, ids, 0).astype(np.float64)
        for domain in task.domains(length):
            asks = ids[:, -1] == domain.query
            rows = np.arange(asks.sum())
            distances = np.array(domain.distances)
            is_answer = np.isin(ids[asks][:, length - 1 - distances], domain.answers)
            answer = length - 1 - distances[is_answer.argmax(axis=1)]
            for number, head in enumerate(self.heads):
                logits = executed[asks, number]
                others = logits.copy()
                others[rows, answer] = -np.inf
                weights = softmax(logits, axis=1)
                yield Measurement(
                    head=number,
                    length=length,
                    domain=domain,
                    possible=gap_range(head, domain, length),
                    gaps=logits[rows, answer] - others.max(axis=1),
                    weights=weights[rows, answer],
                    tops=weights.max(axis=1),
                )
