"""Row 3: without its induction heads a model loses what it learned from context.

Each head alone is set to zero while all attention weights are kept. The increases of the in-context
score are summed over heads; induction heads account for more than half of the sum.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from empirical.induction.roles import induction_heads, learners
from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.prediction import Prediction

ROW = 3
NAMES = ("induction-2", "induction-3", "induction-2-mlp", "induction-3-mlp")
MOST = 0.5
LEAST = 0.1
"""Nats. If the sum over all heads is less, the share counts as 0."""


def rows(runs: Mapping[str, Sequence[InductionTrajectory]]) -> Iterator[Prediction]:
    """Yields, for each kind of model: the seed whose induction heads have the smallest share."""
    for name, group in learners(runs, NAMES):
        shares = {f"seed {run.seed}": _share(run) for run in group}
        yield Prediction(
            name="ablation_falls_on_induction_heads",
            where=f"{name}, {len(shares)} seeds",
            relation="≥",
            bound=MOST,
            measured=min(shares.values()),
            theorem="",
            observation="olsson2022induction",
            detail=shares,
        )


def _share(run: InductionTrajectory) -> float:
    """Returns the induction heads' share of the sum; 0 if the sum is less than ``LEAST``."""
    costs = np.maximum(run.final.ablation, 0)
    if costs.sum() < LEAST:
        return 0.0
    return float(costs[induction_heads(run)].sum() / costs.sum())
