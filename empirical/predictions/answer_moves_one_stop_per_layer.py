"""The answer moves back along the walk, one stop in each layer (urrutia2026heads, Section 5).

In the idealised model ``Reflexive^(L−h) ∘ f^h`` a stop r hops from the end holds the answer after
r layers. A trained model may begin later. Stops r hops from the end count as holding the answer
from the least depth on from which at least ``SHARE`` of them do at every depth.
"""

from collections.abc import Iterator

import numpy as np

from empirical.mechanism.walk_states import WalkStates
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.tasks.multi_hop import MultiHop

SHARE = 0.95


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row: by how much the layers from one stop to the next differ from 1, at most."""
    if not isinstance(subject.task, MultiHop):
        return
    counts = WalkStates.of(subject.model, subject.task, subject.walks).answers_held()
    depths = []
    for remaining in sorted({row.remaining for row in counts}):
        failing = [
            row.depth
            for row in counts
            if row.remaining == remaining and row.held < SHARE * row.stops
        ]
        depths.append(max(failing, default=-1) + 1)
    layers = subject.checkpoint.config.n_layer
    reached = max(depths) <= layers
    yield Prediction(
        name="answer_moves_one_stop_per_layer",
        where=f"{len(depths)} stops",
        relation="≤",
        bound=0.0,
        measured=float(np.abs(np.diff(depths) - 1).max()) if reached else np.nan,
        theorem="",
        observation="urrutia2026heads",
        detail={
            f"{remaining} hops before the end": f"after {depth} layers" if reached else "never"
            for remaining, depth in enumerate(depths, start=1)
        },
    )
