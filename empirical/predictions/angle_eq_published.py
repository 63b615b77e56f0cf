"""The main angle of each layer's head is that of the published models (urrutia2026heads).

Agreement is within a factor of two: one model per task was published, and its seed is unknown.
"""

import math
from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject

NUMBER = (1.0, 0.866, 0.866, 0.866, 0.2738, 0.0042, 0.0049, 0.0049, 0.0049, 0.0056, 0.0056, 0.0049)
LETTER = (
    *(0.0866, 0.0115, 0.0027, 0.0056, 0.0037, 0.0049),
    *(0.0032, 0.0049, 0.0032, 0.0042, 0.0049, 0.0037),
)
PUBLISHED = {"number": NUMBER, "letter": LETTER}
"""Radians per position, by task and layer."""
FACTOR = 2.0


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row per layer: the factor between its main angle and the published one."""
    run = subject.trajectory
    if run is None or len(run.heads) != len(PUBLISHED.get(run.task, ())):
        return
    for (layer, head), angle, published in zip(
        run.heads, run.angles["main_angle"][-1].tolist(), PUBLISHED[run.task], strict=True
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
