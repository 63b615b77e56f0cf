"""Row 5: the weights show the mechanism: match what the previous-token head wrote, and copy.

Both measures are ``Σ λ / Σ |λ|`` of a token-to-token circuit: keys written by the previous-token
head against queries, and values through to the logits.
"""

from collections.abc import Iterator, Mapping, Sequence

from empirical.induction.roles import induction_head, learners, previous_token_head
from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.prediction import Prediction

ROW = 5
NAMES = ("induction-2", "induction-3", "induction-2-mlp", "induction-3-mlp")
HALF = 0.5
"""Our threshold: half of the value of a circuit that keeps every token."""


def rows(runs: Mapping[str, Sequence[InductionTrajectory]]) -> Iterator[Prediction]:
    """Yields, for each kind of model: the seed whose circuits have the smallest measure."""
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
    """Returns the matching of the induction head on what the previous-token head writes.

    Returns −1 if the previous-token head is not in an earlier layer.
    """
    pair = (*previous_token_head(run), *induction_head(run))
    measures = run.final.composition.get(pair)
    return -1.0 if measures is None else measures[1]
