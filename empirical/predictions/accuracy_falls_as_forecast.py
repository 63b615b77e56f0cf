"""A model's accuracy falls below a half where its first head fails (urrutia2026heads, Section 3).

The forecast is the least failing length of the heads of ``peaks_kept_as_forecast``, made from
inputs of the training length. The accuracy is the manifest's.
"""

from collections.abc import Iterator

from empirical.predictions.peaks_kept_as_forecast import CELLS
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row: the number of recorded lengths between forecast and measured failure."""
    table = subject.survival
    if table is None or not table.accuracy.keys() >= set(table.lengths):
        return
    yield Prediction(
        name="accuracy_falls_as_forecast",
        where=f"n≤{table.lengths[-1]}",
        relation="≤",
        bound=CELLS,
        measured=float(table.lengths_between(table.forecast_failure, table.accuracy_failure)),
        theorem="",
        observation="urrutia2026heads",
        detail={
            "forecast to fail at": table.forecast_failure,
            "measured to fail at": table.accuracy_failure,
        },
    )
