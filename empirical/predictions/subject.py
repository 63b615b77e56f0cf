"""What predictions are made about: a checkpoint, run and seen through its canonical heads."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from empirical.files.checkpoint import Checkpoint
from empirical.heads import gptj
from empirical.heads.canonical import Head
from empirical.heads.discrepancy import GapRange, gap_range
from empirical.heads.executed import last_query_logits
from empirical.mechanism import survival_table
from empirical.mechanism.survival_table import SurvivalTable
from empirical.models.gptj import GPTJ
from empirical.tasks import task_from_entries, tasks
from empirical.tasks.dataset import Dataset
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Domain, Inputs, OneHop, Task
from empirical.trajectories import score_trajectory
from empirical.trajectories.score_trajectory import ScoreTrajectory

SEED = 20_260
"""Of the inputs on which predictions are measured; no training run uses it."""
WORK = 300_000
"""Tokens times layers that are run at one length."""
WALKS = 400
"""Inputs of multi-hop tasks on which mechanisms are read."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """One head at one length on one query: what is possible, and what was seen.

    Attributes:
        head: which head of the block.
        length: tokens per input.
        domain: the query and what may stand where.
        possible: the gaps over every input, from the closed form.
        gaps: per drawn input, the answer's executed logit minus the best other.
        weights: per drawn input, the attention weight of the answer.
        tops: per drawn input, the largest attention weight.
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
        checkpoint: the directory as read.
        lengths: the input lengths to examine, in tokens.
        inputs: how many inputs are drawn at most at each length.
    """

    checkpoint: Checkpoint
    lengths: tuple[int, ...]
    inputs: int = 2_000

    @classmethod
    def of(cls, checkpoint: Checkpoint, lengths: tuple[int, ...] | None = None) -> "Subject":
        """The subject at given lengths, else at 1, 2, 4 and 16 times the longest trained on."""
        longest = max(checkpoint.task.train_lengths, default=0) if checkpoint.task else 0
        usual = tuple(longest * factor for factor in (1, 2, 4, 16)) if longest else ()
        return cls(checkpoint, usual if lengths is None else lengths)

    def inputs_at(self, length: int) -> int:
        """How many inputs are drawn at a length: fewer of long ones through many layers."""
        return min(self.inputs, max(30, WORK // (length * self.checkpoint.config.n_layer)))

    @cached_property
    def model(self) -> GPTJ:
        """The model in torch, float32, evaluation mode."""
        return GPTJ.of(self.checkpoint.config, self.checkpoint.weights)

    @cached_property
    def task(self) -> Task | None:
        """The task of the checkpoint, if it says one that is known here."""
        record = self.checkpoint.task
        if record is None or record.name not in tasks():
            return None
        return task_from_entries(record.name, record.entries)

    @cached_property
    def trajectory(self) -> ScoreTrajectory | None:
        """How the model came to be, if its directory has the table."""
        path = self.checkpoint.path
        return score_trajectory.read(path) if (path / score_trajectory.TABLE).exists() else None

    @cached_property
    def survival(self) -> SurvivalTable | None:
        """How long its heads keep their peaks, if its directory has the table."""
        return survival_table.read(self.checkpoint.path)

    @cached_property
    def walks(self) -> Inputs:
        """Inputs of the test part of a multi-hop task, on which mechanisms are read."""
        if not isinstance(self.task, MultiHop):
            raise TypeError("only multi-hop tasks have walks")
        seed = int((self.checkpoint.manifest or {}).get("seed", 0))
        return Dataset(self.task, seed).batch("test", 0, WALKS)[0]

    @cached_property
    def heads(self) -> list[Head]:
        """The heads of the first block on the vocabulary."""
        embedding = self.checkpoint.weights["transformer.wte.weight"]
        return gptj.heads(self.checkpoint.config, self.checkpoint.weights, 0, embedding)

    @cached_property
    def rounding(self) -> float:
        """The allowance for executed logits of the first block, over the whole vocabulary."""
        return self.rounding_of(0, self.checkpoint.weights["transformer.wte.weight"])

    def rounding_of(self, layer: int, contents: Float[np.ndarray, "contents width"]) -> float:
        """First-order bound on the error of an executed float32 logit of a block.

        Sums of ``width`` products in LayerNorm, projection and score each lose at most
        ``width + 8`` units of ``2⁻²⁴`` of the sum of moduli, and so does the rotation.

        Args:
            layer: which block.
            contents: the rows of the residual stream that it reads.
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
        """The measurements of each length and head, with the words that name them."""
        groups: dict[tuple[int, int], list[Measurement]] = {}
        for m in self.measurements:
            groups.setdefault((m.length, m.head), []).append(m)
        return [(f"L0H{head} n={length}", group) for (length, head), group in groups.items()]

    @cached_property
    def measurements(self) -> tuple[Measurement, ...]:
        """Every head, length and query; empty but for one block on a one-hop task."""
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
            found = np.isin(ids[asks][:, length - 1 - distances], domain.answers)
            answer = length - 1 - distances[found.argmax(axis=1)]
            for number, head in enumerate(self.heads):
                logits = executed[asks, number]
                others = logits.copy()
                others[rows, answer] = -np.inf
                mass = np.exp(logits - logits.max(axis=1, keepdims=True))
                weights = mass / mass.sum(axis=1, keepdims=True)
                yield Measurement(
                    head=number,
                    length=length,
                    domain=domain,
                    possible=gap_range(head, domain, length),
                    gaps=logits[rows, answer] - others.max(axis=1),
                    weights=weights[rows, answer],
                    tops=weights.max(axis=1),
                )
