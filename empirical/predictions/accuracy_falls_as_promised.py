"""A model's accuracy falls below a half where its first head fails (urrutia2026heads, Section 3).

The length is the least that the heads of ``peaks_kept_as_promised`` promise from inputs of the
training length. The accuracy is the manifest's.
"""

from collections.abc import Iterator

from empirical.predictions.peaks_kept_as_promised import CELLS
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject


def rows(subject: Subject) -> Iterator[Prediction]:
    """One row: recorded lengths between the promise and the fall."""
    table = subject.reach
    if table is None or not table.accuracy.keys() >= set(table.lengths):
        return
    yield Prediction(
        name="accuracy_falls_as_promised",
        where=f"n≤{table.lengths[-1]}",
        relation="≤",
        bound=CELLS,
        measured=float(table.apart(table.fails, table.falls)),
        theorem="",
        observation="urrutia2026heads",
        detail={"promised to fail at": table.fails, "seen to fail at": table.falls},
    )
