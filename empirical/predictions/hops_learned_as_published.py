"""Number is learned hop by hop, letter all hops at once (urrutia2026heads).

A number of hops is learned at the first snapshot from which on its accuracy stays above
``LEARNED``. The measurement is the time from the first number of hops learned to the last, as a
share of the time of the last.
"""

from collections.abc import Iterator

import numpy as np

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.trajectories.published_claims import APART, LEARNED


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row for the spread of the times and, for number, one for their order."""
    run = subject.trajectory
    if run is None or run.task not in ("number", "letter"):
        return
    steps = {}
    for hops, accuracy in run.accuracy.items():
        failing = np.flatnonzero(accuracy <= LEARNED)
        after = int(failing[-1]) + 1 if failing.size else 0
        steps[hops] = float(run.steps[after]) if after < len(run.steps) else np.inf
    times = np.array([steps[hops] for hops in sorted(steps)])
    learned = np.isfinite(times).all()
    detail = {f"{hops} hops": step for hops, step in steps.items() if np.isfinite(step)}
    yield Prediction(
        name="hops_learned_as_published",
        where="spread",
        relation="≥" if run.task == "number" else "≤",
        bound=APART,
        measured=float(np.ptp(times) / times.max()) if learned else np.nan,
        theorem="",
        observation="urrutia2026heads",
        detail=detail,
    )
    if run.task == "number":
        yield Prediction(
            name="hops_learned_as_published",
            where="least step to the next hop",
            relation="≥",
            bound=float(np.diff(run.steps).min()),
            measured=float(np.diff(times).min()) if learned else np.nan,
            theorem="",
            observation="urrutia2026heads",
            detail=detail,
        )
