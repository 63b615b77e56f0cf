"""A head's floor is at most what its angles and norms allow.

The answer's content may also stand as a rival s positions nearer or farther, so the floor is at
most the lead over that rival: ``Σ 2 r |sin(sθ/2)|`` for one such rival, ``Σ r (1 − cos sθ)`` if the
rivals on both sides lie inside the input; r is the modulus of the plane's amplitude for the
content.
"""

from collections.abc import Iterator

import numpy as np

from empirical.heads.canonical import Head
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Measurement, Subject


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row per head and length: the query whose floor is closest to its bound.

    Only tasks whose answers may occur elsewhere in the input have such rivals.
    """
    for where, group in subject.grouped():
        bounded = [m for m in group if np.isin(m.domain.answers, m.domain.others).all()]
        cases = [
            (_bound(subject.heads[m.head], m, distance), floor, m.domain.query, distance)
            for m in bounded
            for distance, floor in zip(m.possible.distances, m.possible.floor, strict=True)
        ]
        if cases:
            bound, floor, _, _ = min(cases, key=lambda case: case[0] - case[1])
            yield Prediction(
                name="floor_le_planes",
                where=where,
                relation="≤",
                bound=float(bound),
                measured=float(floor),
                theorem="planes_lead_le_of_two_shifts",
                detail={
                    f"query {query}, distance {distance}": {"bound": float(b), "floor": float(f)}
                    for b, f, query, distance in cases
                },
            )


def _bound(head: Head, measurement: Measurement, distance: int) -> float:
    """Returns the least of the theorems' bounds over all shifts that stay inside the input."""
    moduli = np.abs(head.amplitudes(measurement.domain.query, measurement.domain.answers))
    farthest = measurement.length - 1
    one_way = np.arange(1, max(distance - 1, farthest - distance) + 1)
    both_ways = np.arange(1, min(distance - 1, farthest - distance) + 1)
    one = moduli @ (2 * np.abs(np.sin(np.outer(head.angles, one_way) / 2)))
    two = moduli @ (1 - np.cos(np.outer(head.angles, both_ways)))
    return float(np.concatenate([one.ravel(), two.ravel()]).min(initial=np.inf))
