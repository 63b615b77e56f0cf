"""Compares what each stop of a walk holds with the idealised model, layer by layer.

In the idealised model ``Reflexive^(L−h) ∘ f^h`` (urrutia2026heads, Section 5) a stop that is r hops
from the end of its walk holds the answer from layer r on. What a position of a trained model holds
is read off its residual stream by the model's own last LayerNorm and unembedding: the likeliest of
the possible answers.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int64

from empirical.heads.executed import residual_streams
from empirical.models.gptj import GPTJ
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Inputs


@dataclass(frozen=True)
class AnswerHeldCount:
    """How many stops at one distance from the end of their walk hold the answer at one depth.

    Attributes:
        depth: number of blocks that have run.
        remaining: number of hops from the stop to the end of its walk, at least 1.
        stops: number of such stops.
        held: number of these that hold the answer.
    """

    depth: int
    remaining: int
    stops: int
    held: int

    @property
    def expected(self) -> int:
        """The number that holds the answer in the idealised model: all stops or none."""
        return self.stops if self.remaining <= self.depth else 0


@dataclass(frozen=True)
class Copies:
    """How many stops that do not hold the answer before a block hold it after the block.

    The idealised model copies exactly the ready stops. An answer in a form that only later layers
    turn into the answer's direction counts as not held, so ``anticipated`` is no proof that the
    model copies too early.

    Attributes:
        layer: index of the block.
        remaining: number of hops from the stop to the end of its walk, at least 2.
        ready: number of stops whose next stop holds the answer before the block.
        copied: number of the ready stops that hold it after the block.
        early: number of stops whose next stop does not hold it before the block.
        anticipated: number of the early stops that hold it after the block.
    """

    layer: int
    remaining: int
    ready: int
    copied: int
    early: int
    anticipated: int


@dataclass(frozen=True, eq=False)
class WalkStates:
    """Which stops of many walks hold the answer, at every depth.

    Attributes:
        remaining: number of hops from each stop to the end of its walk; negative beyond the end.
        holds: whether each stop holds the answer after 0, 1, … blocks.
    """

    remaining: Int64[np.ndarray, "inputs stops"]
    holds: Bool[np.ndarray, "depths inputs stops"]

    @classmethod
    def of(cls, model: GPTJ, task: MultiHop, ids: Inputs) -> "WalkStates":
        """Read a model on inputs of its task.

        Args:
            model: a model in evaluation mode, on the CPU.
            task: the task that the model learned.
            ids: inputs of the task.
        """
        path, rows = task.path(ids), np.arange(len(ids))
        answers = ids[rows, path[:, -1]]
        holds = []
        for stream in residual_streams(model, ids):
            at_stops = stream[rows[:, None], path]
            likeliest = task.answers[_likeliest(model, at_stops, task.answers)]
            holds.append(likeliest == answers[:, None])
        remaining = task.hops(ids)[:, None] - np.arange(path.shape[1])
        return cls(remaining, np.stack(holds))

    def answers_held(self) -> list[AnswerHeldCount]:
        """Returns one row per depth and number of remaining hops."""
        counts = []
        for depth, holds in enumerate(self.holds):
            for remaining in range(1, self.remaining.max() + 1):
                stops = self.remaining == remaining
                held = int(holds[stops].sum())
                counts.append(AnswerHeldCount(depth, remaining, int(stops.sum()), held))
        return counts

    def copies(self) -> list[Copies]:
        """Returns one row per block and number of remaining hops from 2 on."""
        counts = []
        for layer, (before, after) in enumerate(zip(self.holds, self.holds[1:], strict=False)):
            next_holds = np.roll(before, -1, axis=1)
            for remaining in range(2, self.remaining.max() + 1):
                lacking = (self.remaining == remaining) & ~before
                ready, early = lacking & next_holds, lacking & ~next_holds
                counts.append(
                    Copies(
                        layer=layer,
                        remaining=remaining,
                        ready=int(ready.sum()),
                        copied=int((ready & after).sum()),
                        early=int(early.sum()),
                        anticipated=int((early & after).sum()),
                    )
                )
        return counts


@torch.inference_mode()
def _likeliest(
    model: GPTJ,
    rows: Float32[np.ndarray, "inputs stops width"],
    answers: Int64[np.ndarray, " answers"],
) -> Int64[np.ndarray, "inputs stops"]:
    """Returns for each row of the residual stream the index of its likeliest answer."""
    logits = model.lm_head(model.transformer.ln_f(torch.from_numpy(rows)))
    likeliest: Int64[np.ndarray, "inputs stops"]
    likeliest = logits[..., torch.from_numpy(answers)].argmax(dim=-1).numpy()
    return likeliest
