"""Row 4: the head that matches literal repeats best also matches mapped ones.

Mapped repeats are of two kinds: a segment that recurs in the other case, as in the training texts,
and segments whose letters have a random case each, which no training text has.
"""

from collections.abc import Iterator, Mapping, Sequence

from empirical.induction.roles import CHANCE, induction_head, learners
from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.prediction import Prediction

ROW = 4
NAMES = ("induction-2", "induction-3", "induction-2-mlp", "induction-3-mlp")
HALF = 0.5
"""Our threshold: the head matches mapped repeats with at least half of its literal score."""


def rows(runs: Mapping[str, Sequence[InductionTrajectory]]) -> Iterator[Prediction]:
    """Yields, for each kind of model and of mapping: the seed whose head generalises least.

    A head whose score is at most ``CHANCE`` times that of shuffled weights counts as 0.
    """
    for name, group in learners(runs, NAMES):
        for kind in ("translated", "patterned"):
            shares = {f"seed {run.seed}": _share(run, kind) for run in group}
            yield Prediction(
                name=f"literal_head_matches_{kind}_repeats",
                where=f"{name}, {len(shares)} seeds",
                relation="≥",
                bound=HALF,
                measured=min(shares.values()),
                theorem="",
                observation="olsson2022induction",
                detail=shares,
            )


def _share(run: InductionTrajectory, kind: str) -> float:
    head = induction_head(run)
    literal, mapped = (run.final.tables[k][head] for k in ("matching", kind))
    return float(mapped / literal) if mapped > CHANCE * run.shuffled.tables[kind].mean() else 0.0
