"""Computes the range of the gap between the answer's logit and the largest other logit.

The range is over every input of a length. It has a closed form for one head: an input puts one
content at each distance, so the least and the largest gap follow from minima and maxima per
distance (definitions of urrutia2026heads, Def. 3.1, and of the floor in ``theory.discrepancy``).
The computation is in float64 and certifies nothing.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from empirical.heads.canonical import Head
from empirical.tasks.task import Domain


@dataclass(frozen=True, eq=False)
class GapRange:
    """Ranges of the gap over all inputs of one domain and length, by the distance of the answer.

    Attributes:
        distances: distances of the answer, in positions back from the query.
        floor: the least gap with the answer at that distance. Where it is positive, the largest
            logit is the answer's on every input.
        peak: the largest gap with the answer at that distance.
        spread: the largest logit minus the smallest, over all contents and distances.
    """

    distances: range
    floor: Float64[np.ndarray, " distances"]
    peak: Float64[np.ndarray, " distances"]
    spread: float


def gap_range(head: Head, domain: Domain, length: int) -> GapRange:
    """Returns floor and peak of a head over every input of ``length`` tokens in ``domain``."""
    distances = np.arange(length)
    places = np.array(domain.distances)
    answers = head.logits(domain.query, domain.answers, places)
    itself = head.logits(domain.query, np.array([domain.query]), distances[:1])
    others = head.logits(domain.query, domain.others, distances[1:])
    strongest = np.concatenate([itself[0], others.max(axis=0)])
    weakest = np.concatenate([itself[0], others.min(axis=0)])
    spread = max(answers.max(), strongest.max()) - min(answers.min(), weakest.min())
    return GapRange(
        distances=domain.distances,
        floor=answers.min(axis=0) - _largest_elsewhere(strongest, places),
        peak=answers.max(axis=0) - _largest_elsewhere(weakest, places),
        spread=float(spread),
    )


def _largest_elsewhere(
    values: Float64[np.ndarray, " distances"], places: np.ndarray
) -> Float64[np.ndarray, " places"]:
    """Returns for each place the largest value at any other distance."""
    second, first = np.argsort(values)[-2:]
    largest: Float64[np.ndarray, " places"] = np.where(
        places == first, values[second], values[first]
    )
    return largest
