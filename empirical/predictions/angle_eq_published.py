"""The main angle of each layer's head is that of the published models (urrutia2026heads).

Agreement is within a factor of two: one model per task was published, and its seed is unknown.
"""

import math
from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.trajectories.published_claims import ANGLES, FACTOR


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row per layer: the factor between its main angle and the published one."""
    run = subject.trajectory
    if run is None or len(run.heads) != len(ANGLES.get(run.task, ())):
        return
    for (layer, head), angle, published in zip(
        run.heads, run.angles["main_angle"][-1].tolist(), ANGLES[run.task], strict=True
    ):
        yield Prediction(
            name="angle_eq_published",
            where=f"L{layer}H{head}",
            relation="≤",
            bound=FACTOR,
            measured=math.exp(abs(math.log(angle / published))) if angle > 0 else math.inf,
            theorem="",
            observation="urrutia2026heads",
            detail={"angle": angle, "published": published},
        )
