"""Row 7, ours: the previous-token head is positional, the induction head symbolic.

The two seeds joined: heads as in olsson2022induction, scores as in urrutia2026heads; that it is
one of each is in neither. It is asked at the end, and of every snapshot after the change.
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
"""The published γ: a behaviour is pure with its score from 1 − γ on and the other up to γ."""


def rows(runs: Mapping[str, Sequence[InductionTrajectory]]) -> Iterator[Prediction]:
    """For each kind of model and both heads the least purity over seeds, then over snapshots."""
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
                    measured=sum(purity.values()) * 0 + min(purity.values()),
                    theorem="",
                    observation="urrutia2026heads",
                    detail={k: v if math.isfinite(v) else None for k, v in purity.items()},
                )
