"""Numbers of published observations, on controlled models and on induction heads."""

import math
from collections.abc import Iterable, Iterator
from importlib import import_module

import numpy as np

from empirical import predictions
from empirical.files import checkpoint
from empirical.induction import collection
from empirical.paper.number import Number
from empirical.paper.numbers import Ledger
from empirical.predictions.induction import predict as predict_induction
from empirical.predictions.prediction import Prediction, PredictionOutcome
from empirical.predictions.subject import Subject
from empirical.scores.purity import GAMMAS
from empirical.shipped.checkpoints import controlled, shipped
from empirical.tasks.multi_hop import MultiHop
from empirical.trajectories import observation_table, score_trajectory
from empirical.trajectories.published_claims import (
    KEPT,
    LONG,
    POSITIONAL,
    Reproduction,
    claims,
    pure_heads,
)
from empirical.trajectories.score_trajectory import ScoreTrajectory

PUBLISHED = (
    "hops_learned_as_published",
    "heads_pure_at_accuracy",
    "layers_lean_as_published",
    "angle_eq_published",
    "accuracy_by_length_as_published",
)
"""What was observed on controlled models (urrutia2026heads) and is measured on ours."""
OUTCOMES = {
    PredictionOutcome.PASS: "so",
    PredictionOutcome.FAIL: "not so",
    PredictionOutcome.UNDECIDED: "undecided",
}
"""Whether ours do what was published; such rows bind no model, so none of them fails."""
NO_BREAK = "\u00a0"
HIGHER_RATE = "letter-5e-4"
"""The letter run at five times the published rate."""


def numbers(ledger: Ledger) -> Iterator[Number]:
    """Yields ``controlled.NAME.CHECKPOINT``, ``induction.NAME.WHERE``, counts of rows that hold."""
    of_controlled: list[Prediction] = []
    for path in shipped():
        subject = Subject.of(checkpoint.read(path))
        if not isinstance(subject.task, MultiHop):
            continue
        for name in PUBLISHED:
            rows = [*import_module(f"{predictions.__name__}.{name}").rows(subject)]
            of_controlled += rows
            if rows:
                key, source = f"controlled.{name}.{path.name}", f"ropeproof check {path.name}"
                yield Number(key=key, text=_printed(rows), source=source)
    yield from _held("controlled", of_controlled)
    yield from _reproduced()
    induction = [*predict_induction(collection.read().trained)]
    for row in induction:
        key = f"induction.{row.name}.{row.where}"
        yield Number(key=key, text=_printed([row]), source="ropeproof induction")
    yield from _held("induction", induction)


def _reproduced() -> Iterator[Number]:
    """Yields ``claims.TASK.NAME``: in how many observed runs a published claim is reproduced."""
    yield Number.count("claims.tokens", LONG, "urrutia2026heads")
    yield Number(
        key="claims.kept", text=f"{KEPT:.0%}".replace("%", " %"), source="urrutia2026heads"
    )
    yield Number.count("claims.positional", POSITIONAL["number"], "urrutia2026heads")
    outcomes: dict[str, list[Reproduction]] = {}
    for path in controlled():
        observed, scores = observation_table.read(path), score_trajectory.read(path)
        for claim in claims(scores, observed):
            outcomes.setdefault(f"claims.{observed.task}.{claim.name}", []).append(claim.outcome)
        if path.name == HIGHER_RATE:
            yield _pure_when_right(scores)
    for key, of_runs in outcomes.items():
        text = f"{of_runs.count(Reproduction.REPRODUCED)} of {len(of_runs)}"
        yield Number(key=key, text=text, source="ropeproof claims")


def _pure_when_right(scores: ScoreTrajectory) -> Number:
    """At how many of the snapshots at which every answer is right all heads are pure."""
    right = np.all([accuracy == 1 for accuracy in scores.accuracy.values()], axis=0)
    pure = pure_heads(scores, max(GAMMAS)).all(axis=1)
    text = f"{int((pure & right).sum())} of {int(right.sum())}"
    return Number(key="claims.letter.pure-when-right", text=text, source="ropeproof claims")


def _held(kind: str, rows: Iterable[Prediction]) -> Iterator[Number]:
    outcomes = [row.outcome for row in rows]
    for key, count in (("held", outcomes.count(PredictionOutcome.PASS)), ("rows", len(outcomes))):
        yield Number.count(f"{kind}.{key}", count, "rows of predictions")


def _printed(rows: list[Prediction]) -> str:
    """Returns a row as verdict, measurement and bound; of several rows, how many hold."""
    if len(rows) > 1:
        return f"{sum(row.outcome is PredictionOutcome.PASS for row in rows)} of {len(rows)}"
    (row,) = rows
    if math.isnan(row.measured):
        return OUTCOMES[row.outcome]
    compared = f"{row.measured:.3g} {row.relation} {row.bound:.3g}".replace("-", "−")
    return f"{OUTCOMES[row.outcome]}: {compared.replace(' ', NO_BREAK)}"
