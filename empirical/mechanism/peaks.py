"""Counts where attention peaks: at the next stop of the walk, at the query, at the walk's end.

The next stop is what Index finds by its offset and Retrieval by its match, at any depth: a layer
moves what a token holds, not the position from which the walk goes on (urrutia2026heads,
Section 5).
"""

from dataclasses import dataclass

import numpy as np

from empirical.heads.executed import heads_on
from empirical.models.gptj import GPTJ
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.queries import stops
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Inputs


@dataclass(frozen=True)
class Peaks:
    """Where the queries of one kind have their largest weight in one head, as counts.

    Attributes:
        layer: index of the block.
        head: index of the head in its block.
        query: kind of query: ``last``, ``hop 1``, …
        queries: number of queries.
        next_stop: number of these that peak at the next stop of the walk.
        itself: number of these that peak at the query's own position.
        end: number of these that peak at the end of the walk where that is not the next stop.
    """

    layer: int
    head: int
    query: str
    queries: int
    next_stop: int
    itself: int
    end: int

    @property
    def elsewhere(self) -> int:
        """The number of queries that peak at none of the three."""
        return self.queries - self.next_stop - self.itself - self.end


def peaks(model: GPTJ, task: MultiHop, ids: Inputs) -> list[Peaks]:
    """Count the peaks of every head of a model.

    Args:
        model: a model in evaluation mode, on the CPU.
        task: the task that the model learned.
        ids: inputs of the task.

    Returns:
        One row per layer, head and kind of query.
    """
    scored, path = stops(task, ids), task.path(ids)
    kinds, inputs, positions = scored.flat
    next_stop, end = path[inputs, kinds + 1], path[inputs, -1]
    rows = []
    for layer, number, head in heads_on(model, ids):
        peak = np.empty_like(positions)
        for group, contents in scored.groups(len(head.angles)):
            logits = ContentPositionLogits.of(head, contents).observed().sum(axis=2)
            peak[group] = logits.argmax(axis=1)
        for kind, query in enumerate(scored.queries):
            of_kind = kinds == kind
            rows.append(
                Peaks(
                    layer=layer,
                    head=number,
                    query=query,
                    queries=int(of_kind.sum()),
                    next_stop=int((of_kind & (peak == next_stop)).sum()),
                    itself=int((of_kind & (peak == positions)).sum()),
                    end=int((of_kind & (peak == end) & (end != next_stop)).sum()),
                )
            )
    return rows
