"""Row 6: what holds of two layers of attention holds of more, beside MLPs, and on other texts.

Models of two or three layers learn from context; those that do come to match prefixes at that
time; no model of one plain layer comes to match.
"""

from collections.abc import Iterator, Mapping, Sequence

from empirical.induction.roles import LEARNED, MATCHES, learners
from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.induction.matching_rises_as_context_is_learned import co_occurrence
from empirical.predictions.prediction import Prediction

ROW = 6
DEEP = (
    *(f"induction-{layers}{mlp}" for layers in (2, 3) for mlp in ("", "-mlp")),
    *(f"induction-2-{language}" for language in ("markov", "python")),
)
SHALLOW = ("induction-1", "induction-1-mlp")


def rows(runs: Mapping[str, Sequence[InductionTrajectory]]) -> Iterator[Prediction]:
    """Yields rows on which models learn and which match, and row 1 for other kinds of model."""
    for name in DEEP:
        if name in runs:
            scores = {f"seed {run.seed}": run.final.in_context for run in runs[name]}
            yield _row("deep_models_learn", name, "≤", LEARNED, max(scores.values()), scores)
    for name, group in learners(runs, DEEP):
        best = _best(group)
        yield _row("learners_match_prefixes", name, "≥", MATCHES, min(best.values()), best)
        if name != DEEP[0]:
            yield from co_occurrence(name, group)
    for name in SHALLOW:
        if name in runs:
            best = _best(runs[name])
            yield _row("one_layer_does_not_match", name, "≤", MATCHES, max(best.values()), best)


def _best(runs: Sequence[InductionTrajectory]) -> dict[str, float]:
    return {f"seed {run.seed}": float(run.best("matching")[-1]) for run in runs}


def _row(
    what: str, name: str, relation: str, bound: float, measured: float, detail: dict[str, float]
) -> Prediction:
    return Prediction(
        name=what,
        where=f"{name}, {len(detail)} seeds",
        relation=relation,
        bound=bound,
        measured=measured,
        theorem="",
        observation="olsson2022induction",
        detail=detail,
    )
