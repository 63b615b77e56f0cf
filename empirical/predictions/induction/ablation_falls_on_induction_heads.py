"""Row 3: without its induction heads a model loses what it learned from context.

Each head alone is put to zero with all patterns held. What that adds to the in-context score,
where it adds something, is summed over heads; induction heads account for most of the sum.
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
"""Nats, over all heads: where less is lost, nothing was learned that could fall on any."""


def rows(runs: Mapping[str, Sequence[InductionTrajectory]]) -> Iterator[Prediction]:
    """For each kind of model the seed in which induction heads account for least."""
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
    """Of all that ablations cost; 0 if that is less than ``LEAST``."""
    costs = np.maximum(run.final.ablation, 0)
    if costs.sum() < LEAST:
        return 0.0
    return float(costs[induction_heads(run)].sum() / costs.sum())
