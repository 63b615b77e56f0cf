"""Row 4: the head that matches literal repeats best also matches mapped ones.

Mapped repeats are of two kinds: a segment again in the other case, as texts have it, and segments
of which each letter has a case of its own, which no text of training has.
"""

from collections.abc import Iterator, Mapping, Sequence

from empirical.induction.roles import CHANCE, induction_head, learners
from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.prediction import Prediction

ROW = 4
NAMES = ("induction-2", "induction-3", "induction-2-mlp", "induction-3-mlp")
HALF = 0.5
"""Of its literal score: so well does the head match mapped repeats."""


def rows(runs: Mapping[str, Sequence[InductionTrajectory]]) -> Iterator[Prediction]:
    """For each kind of model and of mapping, the seed whose head generalises least.

    A head that does not match by ``CHANCE`` scores 0.
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
