"""The answer's logit leads the others by no less than the floor and no more than the peak.

Floor and peak are the closed form of the head's own angles, norms and phases over every input of
the length; the gaps are those of the executed model on drawn inputs.
"""

from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject


def rows(subject: Subject) -> Iterator[Prediction]:
    """Two rows per head and length: the smallest gap seen, and the largest."""
    for where, group in subject.grouped():
        seen = [m for m in group if m.gaps.size]
        for relation, bound, measured in (
            ("≥", min(m.possible.floor.min() for m in group), min(m.gaps.min() for m in seen)),
            ("≤", max(m.possible.peak.max() for m in group), max(m.gaps.max() for m in seen)),
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
                        "seen": [m.gaps.min(), m.gaps.max()] if m.gaps.size else [],
                    }
                    for m in group
                },
            )
