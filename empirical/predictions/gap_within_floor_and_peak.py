"""The gap between the answer's logit and the largest other lies between floor and peak.

Floor and peak are closed forms of the head's angles, norms and phases over every input of the
length. The gaps are those of the executed model on random inputs.
"""

from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields two rows per head and length: the smallest measured gap, and the largest."""
    for where, group in subject.grouped():
        drawn = [m for m in group if m.gaps.size]
        for relation, bound, measured in (
            ("≥", min(m.possible.floor.min() for m in group), min(m.gaps.min() for m in drawn)),
            ("≤", max(m.possible.peak.max() for m in group), max(m.gaps.max() for m in drawn)),
        ):
            yield Prediction(
                name="gap_ge_floor" if relation == "≥" else "gap_le_peak",
                where=where,
                relation=relation,
                bound=float(bound),
                measured=float(measured),
                theorem="score_eq_sum_cos",
                allowance=2 * subject.rounding,
                detail={
                    str(m.domain.query): {
                        "distances": list(m.possible.distances),
                        "floor": m.possible.floor.tolist(),
                        "peak": m.possible.peak.tolist(),
                        "measured": [m.gaps.min(), m.gaps.max()] if m.gaps.size else [],
                    }
                    for m in group
                },
            )
