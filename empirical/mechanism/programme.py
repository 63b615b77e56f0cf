"""The idealised programme, ``Reflexive^(L−h) ∘ f^h``, against the model, layer by layer.

In the programme (urrutia2026heads, Section 5) a stop that is r hops from the end of its walk holds
the answer after r layers and keeps it. What a position of the model holds is read off its residual
stream by the model's own last LayerNorm and unembedding: the likeliest of the possible answers.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int64

from empirical.heads.executed import residual_streams
from empirical.models.gptj import GPTJ
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Inputs


@dataclass(frozen=True)
class AnswerHeldCount:
    """Of the stops some hops from the end, how many hold the answer at some depth.

    Attributes:
        depth: how many blocks have run.
        remaining: hops from the stop to the end of its walk, at least 1.
        asked: how many such stops there are.
        held: how many of them hold the answer.
    """

    depth: int
    remaining: int
    asked: int
    held: int

    @property
    def expected(self) -> int:
        """How many hold it in the programme: all or none."""
        return self.asked if self.remaining <= self.depth else 0


@dataclass(frozen=True)
class Copies:
    """Of the stops that do not hold the answer before a block, how many do after it.

    The programme copies exactly when ready. An answer that is there in a form that the last layers
    have yet to turn counts as not held, so ``anticipated`` is no proof of copying too early.

    Attributes:
        layer: the block.
        remaining: hops from the stop to the end of its walk, at least 2.
        ready: stops whose next stop holds the answer before the block.
        copied: how many of these hold it after the block.
        early: stops whose next stop does not hold it yet.
        anticipated: how many of these hold it after the block all the same.
    """

    layer: int
    remaining: int
    ready: int
    copied: int
    early: int
    anticipated: int


@dataclass(frozen=True, eq=False)
class WalkStates:
    """What the stops of many walks hold, at every depth.

    Attributes:
        remaining: hops from each stop to the end of its walk; negative beyond the end.
        holds: whether each stop holds the answer after 0, 1, … blocks.
    """

    remaining: Int64[np.ndarray, "inputs stops"]
    holds: Bool[np.ndarray, "depths inputs stops"]

    @classmethod
    def of(cls, model: GPTJ, task: MultiHop, ids: Inputs) -> "WalkStates":
        """Read a model in evaluation mode, on the CPU, on inputs of its task."""
        path, rows = task.path(ids), np.arange(len(ids))
        answers = ids[rows, path[:, -1]]
        holds = np.stack(
            [
                task.answers[_likeliest(model, stream[rows[:, None], path], task.answers)]
                == answers[:, None]
                for stream in residual_streams(model, ids)
            ]
        )
        return cls(task.hops(ids)[:, None] - np.arange(path.shape[1]), holds)

    def programme(self) -> list[AnswerHeldCount]:
        """One row per depth and number of remaining hops."""
        return [
            AnswerHeldCount(depth, remaining, int(stops.sum()), int(holds[stops].sum()))
            for depth, holds in enumerate(self.holds)
            for remaining in range(1, self.remaining.max() + 1)
            for stops in [self.remaining == remaining]
        ]

    def copies(self) -> list[Copies]:
        """One row per block and number of remaining hops, where the next stop is not the end."""
        rows = []
        for layer, (before, after) in enumerate(zip(self.holds, self.holds[1:], strict=False)):
            next_holds = np.roll(before, -1, axis=1)
            for remaining in range(2, self.remaining.max() + 1):
                lacking = (self.remaining == remaining) & ~before
                ready, early = lacking & next_holds, lacking & ~next_holds
                counts = (
                    int(stops.sum()) for stops in (ready, ready & after, early, early & after)
                )
                rows.append(Copies(layer, remaining, *counts))
        return rows


@torch.inference_mode()
def _likeliest(model: GPTJ, rows: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Which of the answers is the likeliest next token of each row."""
    logits = model.lm_head(model.transformer.ln_f(torch.from_numpy(rows)))
    likeliest: np.ndarray = logits[..., torch.from_numpy(answers)].argmax(dim=-1).numpy()
    return likeliest
