"""The answer is handed back along the walk, one stop in each layer (urrutia2026heads, Section 5).

In the programme ``Reflexive^(L−h) ∘ f^h`` a stop r hops from the end holds the answer after r
layers. A model may begin later; a stop holds the answer from the depth on after which ``SHARE`` of
such stops do.
"""

from collections.abc import Iterator

import numpy as np

from empirical.mechanism.programme import WalkStates
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.tasks.multi_hop import MultiHop

SHARE = 0.95


def rows(subject: Subject) -> Iterator[Prediction]:
    """One row: how far the layers between one stop and the next are from 1, at most."""
    if not isinstance(subject.task, MultiHop):
        return
    found = WalkStates.of(subject.model, subject.task, subject.walks).programme()
    depths = []
    for remaining in sorted({row.remaining for row in found}):
        failing = [
            row.depth
            for row in found
            if row.remaining == remaining and row.held < SHARE * row.asked
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
