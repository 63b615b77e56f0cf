"""Row 2: with smeared keys one layer learns from context, and two layers do so earlier."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.stats import mannwhitneyu

from empirical.induction.change_point import change_point
from empirical.induction.roles import learned
from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.prediction import Prediction

ROW = 2
LEARNS = 0.5
"""A model learns if it has this share of the mean in-context score of two plain layers."""
SIGNIFICANCE = 0.05
LEARNER = "induction-2"


def rows(runs: Mapping[str, Sequence[InductionTrajectory]]) -> Iterator[Prediction]:
    """Yields rows on which models learn, and the p-value that smeared models learn earlier.

    A run that never learned from context ranks after all that did.
    """
    if LEARNER not in runs:
        return
    reference = float(np.mean([run.final.in_context for run in runs[LEARNER]]))
    for name, relation in (("induction-1-smeared", "≥"), ("induction-1", "≤")):
        if name in runs:
            shares = {f"seed {run.seed}": run.final.in_context / reference for run in runs[name]}
            yield Prediction(
                name="one_smeared_layer_learns" if relation == "≥" else "one_layer_does_not_learn",
                where=f"{name}, {len(shares)} seeds",
                relation=relation,
                bound=LEARNS,
                measured=min(shares.values()) if relation == "≥" else max(shares.values()),
                theorem="",
                observation="olsson2022induction",
                detail=shares,
            )
    if "induction-2-smeared" in runs:
        middles = {
            name: [
                change_point(run.steps, run.in_context).middle if learned(run) else math.inf
                for run in runs[name]
            ]
            for name in ("induction-2-smeared", LEARNER)
        }
        yield Prediction(
            name="smearing_brings_the_change_forward",
            where=f"2 layers, {len(middles[LEARNER])} seeds",
            relation="≤",
            bound=SIGNIFICANCE,
            measured=float(mannwhitneyu(*middles.values(), alternative="less").pvalue),
            theorem="",
            observation="olsson2022induction",
            detail={
                name: [value if math.isfinite(value) else None for value in values]
                for name, values in middles.items()
            },
        )
