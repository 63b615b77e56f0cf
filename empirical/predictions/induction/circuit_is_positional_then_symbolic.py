"""Row 7, ours: the previous-token head is positional, the induction head symbolic.

It joins the heads of olsson2022induction with the scores of urrutia2026heads; neither states it. It
is examined at the end of training, and at every snapshot after the change.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from empirical.induction.change_point import change_point
from empirical.induction.roles import induction_head, learners, previous_token_head
from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.prediction import Prediction

ROW = 7
NAMES = ("induction-2", "induction-3", "induction-2-mlp", "induction-3-mlp")
GAMMA = 0.1
"""The published γ: pure is a score of at least 1 − γ with the other at most γ."""


def rows(runs: Mapping[str, Sequence[InductionTrajectory]]) -> Iterator[Prediction]:
    """Yields, for each kind of model and head, the least purity at the end and after the change."""
    for name, group in learners(runs, NAMES):
        for what, role, own, other in (
            ("previous_token_head_is_positional", previous_token_head, "positional", "symbolic"),
            ("induction_head_is_symbolic", induction_head, "symbolic", "positional"),
        ):
            at_end, after = {}, {}
            for run in group:
                at = (slice(None), *role(run))
                pure = 1 - abs(1 - run.tables[own][at]) - run.tables[other][at]
                change = change_point(run.steps, run.best("matching"))
                at_end[f"seed {run.seed}"] = float(pure[-1])
                later = pure[run.steps >= change.middle + change.width / 2]
                after[f"seed {run.seed}"] = float(later.min()) if later.size else math.nan
            for when, purity in (("at the end", at_end), ("after the change", after)):
                yield Prediction(
                    name=what,
                    where=f"{name} {when}, {len(purity)} seeds",
                    relation="≥",
                    bound=1 - 2 * GAMMA,
                    measured=_least(list(purity.values())),
                    theorem="",
                    observation="urrutia2026heads",
                    detail={k: v if math.isfinite(v) else None for k, v in purity.items()},
                )


def _least(values: list[float]) -> float:
    """Returns the least value, or NaN if one is not finite."""
    return min(values) if all(map(math.isfinite, values)) else math.nan
