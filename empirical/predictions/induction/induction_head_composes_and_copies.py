"""Row 5: the weights show the mechanism: match what the previous-token head wrote, and copy.

Both are ``Σ λ / Σ |λ|`` of a token-to-token circuit: keys written by the previous-token head
against queries, and values through to the logits.
"""

from collections.abc import Iterator, Mapping, Sequence

from empirical.induction.roles import induction_head, learners, previous_token_head
from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.prediction import Prediction

ROW = 5
NAMES = ("induction-2", "induction-3", "induction-2-mlp", "induction-3-mlp")
HALF = 0.5
"""Of the way from a circuit that means nothing to one that keeps every token."""


def rows(runs: Mapping[str, Sequence[InductionTrajectory]]) -> Iterator[Prediction]:
    """For each kind of model the seed whose circuits keep tokens least."""
    for name, group in learners(runs, NAMES):
        measured = {
            "matches_what_was_written": [_matching(run) for run in group],
            "copies": [float(run.final.tables["copying"][induction_head(run)]) for run in group],
        }
        for what, values in measured.items():
            yield Prediction(
                name=f"induction_head_{what}",
                where=f"{name}, {len(values)} seeds",
                relation="≥",
                bound=HALF,
                measured=min(values),
                theorem="",
                observation="olsson2022induction",
                detail={
                    f"seed {run.seed}": value for run, value in zip(group, values, strict=True)
                },
            )


def _matching(run: InductionTrajectory) -> float:
    """Of the pair of a previous-token head and an induction head; −1 if none lies below."""
    pair = (*previous_token_head(run), *induction_head(run))
    met = run.final.composition.get(pair)
    return -1.0 if met is None else met[1]
