"""Which runs learned from context, and which of their heads did what."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Bool

from empirical.induction.measures import Table
from empirical.induction.trajectory import InductionTrajectory

SHARE = 0.5
"""Of the largest prefix-matching score of its model: an induction head has as much."""
CHANCE = 2.0
"""Times the mean score of heads of shuffled weights: an induction head has as much."""

LEARNED = -0.3
"""Nats of in-context score at the end: from there down a model has learned from context."""

MATCHES = 0.4
"""Of all attention: a head that puts so much on what it looks for has found it."""


def learners(
    runs: Mapping[str, Sequence[InductionTrajectory]], names: Sequence[str]
) -> Iterator[tuple[str, Sequence[InductionTrajectory]]]:
    """Of each name the runs of which mechanisms are asked, if there are any.

    These are the runs that learned from context; of shuffled weights, all.
    """
    for name in names:
        asked = [run for run in runs.get(name, ()) if learned(run) or run.control]
        if asked:
            yield name, asked


def learned(run: InductionTrajectory) -> bool:
    """Whether a model learned from context, by ``LEARNED``."""
    return run.final.in_context <= LEARNED


def induction_heads(run: InductionTrajectory) -> Bool[np.ndarray, "layers heads"]:
    """The heads that match prefixes, at the end, by ``SHARE`` and ``CHANCE``."""
    table = run.final.tables["matching"]
    least = max(SHARE * table.max(), CHANCE * run.shuffled.tables["matching"].mean())
    heads: Bool[np.ndarray, "layers heads"] = table >= least
    return heads


def strongest(table: Table) -> tuple[int, int]:
    """Layer and head of the largest score."""
    layer, head = np.unravel_index(int(table.argmax()), table.shape)
    return int(layer), int(head)


def induction_head(run: InductionTrajectory) -> tuple[int, int]:
    """The head with the largest prefix-matching score at the end."""
    return strongest(run.final.tables["matching"])


def previous_token_head(run: InductionTrajectory) -> tuple[int, int]:
    """The head with the largest previous-token score at the end, below the induction head.

    In a model of one layer, of that layer.
    """
    below = max(1, induction_head(run)[0])
    return strongest(run.final.tables["previous"][:below])
