"""On every input the answer's attention weight is at least 1/(1 + (n−1)e^{−floor})."""

from collections.abc import Iterator

import numpy as np

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row per head and length: the smallest measured weight."""
    for where, group in subject.grouped():
        floor = min(m.possible.floor.min() for m in group)
        length = group[0].length
        bound = float(1 / (1 + (length - 1) * np.exp(-floor)))
        yield Prediction(
            name="weight_ge_of_floor",
            where=where,
            relation="≥",
            bound=bound,
            measured=float(min(m.weights.min() for m in group if m.weights.size)),
            theorem="weight_ge_of_floor",
            allowance=bound * float(np.expm1(2 * subject.rounding)),
            detail={"floor": float(floor)},
        )
