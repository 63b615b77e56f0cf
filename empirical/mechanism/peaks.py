"""Where attention peaks: at the next stop of the walk, at itself, at the walk's end, elsewhere.

The next stop is what Index finds by its offset and Retrieval by its match, at whatever depth: a
token that was handed on stands where it was handed to (urrutia2026heads, Section 5).
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
    """Of one head's queries of one kind, how many have their largest weight where.

    Attributes:
        layer: the block.
        head: the head of the block.
        query: ``last``, ``hop 1``, …
        asked: how many queries.
        next_stop: how many peak where the walk goes from here.
        itself: how many peak at the query's own position.
        end: how many peak at the end of the walk, where that is not the next stop.
    """

    layer: int
    head: int
    query: str
    asked: int
    next_stop: int
    itself: int
    end: int

    @property
    def elsewhere(self) -> int:
        """How many peak at none of the three."""
        return self.asked - self.next_stop - self.itself - self.end


def peaks(model: GPTJ, task: MultiHop, ids: Inputs) -> list[Peaks]:
    """Count the peaks of every head of a model.

    Args:
        model: a model in evaluation mode, on the CPU.
        task: the task it learned.
        ids: inputs of the task.

    Returns:
        One row per layer, head and kind of query.
    """
    asked, path = stops(task, ids), task.path(ids)
    kinds, inputs, positions = asked.flat
    following, end = path[inputs, kinds + 1], path[inputs, -1]
    rows = []
    for layer, number, head in heads_on(model, ids):
        peak = np.empty_like(positions)
        for group, seen in asked.groups(len(head.angles)):
            peak[group] = ContentPositionLogits.of(head, seen).observed().sum(axis=2).argmax(axis=1)
        for kind, query in enumerate(asked.queries):
            of_kind = kinds == kind
            rows.append(
                Peaks(
                    layer=layer,
                    head=number,
                    query=query,
                    asked=int(of_kind.sum()),
                    next_stop=int((of_kind & (peak == following)).sum()),
                    itself=int((of_kind & (peak == positions)).sum()),
                    end=int((of_kind & (peak == end) & (end != following)).sum()),
                )
            )
    return rows
