"""A head stops looking where it looks at the length that its angles and norms say.

That the discrepancy of its heads decides to what length a model generalizes is from
urrutia2026heads, Section 3; the promise is that of ``empirical.mechanism.promise``, made from
inputs of the training length, for the head that most often peaks at the next stop of the walk.
"""

from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject

CELLS = 1.0
"""Recorded lengths about double from one to the next: agreement is within a factor of two."""


def rows(subject: Subject) -> Iterator[Prediction]:
    """One row per kind of query: how many recorded lengths lie between promise and failure."""
    table = subject.reach
    if table is None:
        return
    for row in table.walking:
        seen = table.first_below_half(row.seen_keeps)
        yield Prediction(
            name="peaks_kept_as_promised",
            where=f"L{row.layer}H{row.head} {row.query}",
            relation="≤",
            bound=CELLS,
            measured=float(table.apart(row.fails, seen)),
            theorem="",
            observation="urrutia2026heads",
            detail={
                "promised to fail at": row.fails,
                "seen to fail at": seen,
                "lengths": list(table.lengths),
                "promised": list(row.keeps),
                "seen": list(row.seen_keeps),
                "asked": list(row.seen_asked),
                "weight promised": list(row.weight),
                "weight seen": list(row.seen_weight),
                "floor": list(row.floor),
                "peak": list(row.peak),
            },
        )
