"""Decides which runs learned from context, and which of their heads have which role."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Bool

from empirical.induction.measures import Table
from empirical.induction.trajectory import InductionTrajectory

SHARE = 0.5
"""An induction head has at least this share of its model's largest prefix-matching score."""
CHANCE = 2.0
"""An induction head has at least this many times the mean score of heads of shuffled weights."""

LEARNED = -0.3
"""Nats. A model learned from context if its in-context score at the end is at most this."""

MATCHES = 0.4
"""A head matches if it puts at least this share of its attention on its targets."""


def learners(
    runs: Mapping[str, Sequence[InductionTrajectory]], names: Sequence[str]
) -> Iterator[tuple[str, Sequence[InductionTrajectory]]]:
    """Yields the runs of each name in which roles are examined, where there are any.

    These are the runs that learned from context, and all runs of shuffled weights.

    Args:
        runs: runs by name.
        names: the names to examine.
    """
    for name in names:
        examined = [run for run in runs.get(name, ()) if learned(run) or run.control]
        if examined:
            yield name, examined


def learned(run: InductionTrajectory) -> bool:
    """Returns whether a model learned from context, by ``LEARNED``."""
    return run.final.in_context <= LEARNED


def induction_heads(run: InductionTrajectory) -> Bool[np.ndarray, "layers heads"]:
    """Returns which heads match prefixes at the end of training, by ``SHARE`` and ``CHANCE``."""
    table = run.final.tables["matching"]
    least = max(SHARE * table.max(), CHANCE * run.shuffled.tables["matching"].mean())
    heads: Bool[np.ndarray, "layers heads"] = table >= least
    return heads


def strongest(table: Table) -> tuple[int, int]:
    """Returns layer and head of the largest score."""
    layer, head = np.unravel_index(int(table.argmax()), table.shape)
    return int(layer), int(head)


def induction_head(run: InductionTrajectory) -> tuple[int, int]:
    """Returns the head with the largest prefix-matching score at the end of training."""
    return strongest(run.final.tables["matching"])


def previous_token_head(run: InductionTrajectory) -> tuple[int, int]:
    """Returns the head with the largest previous-token score below the layer of the induction head.

    If the induction head is in the first layer, the head is of the first layer too.
    """
    below = max(1, induction_head(run)[0])
    return strongest(run.final.tables["previous"][:below])
