"""A head loses its peaks at the length that its angles and norms forecast.

That the discrepancy of its heads decides to what length a model generalizes is from
urrutia2026heads, Section 3. The forecast is that of ``empirical.mechanism.forecast``, made from
inputs of the training length, for the head whose peak is most often the next stop of the walk.
"""

from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject

CELLS = 1.0
"""Recorded lengths about double from one to the next: agreement is within a factor of two."""


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row per kind of query: the recorded lengths between forecast and failure."""
    table = subject.survival
    if table is None:
        return
    for row in table.walking_heads:
        measured_failure = table.first_below_half(row.measured_kept)
        yield Prediction(
            name="peaks_kept_as_forecast",
            where=f"L{row.layer}H{row.head} {row.query}",
            relation="≤",
            bound=CELLS,
            measured=float(table.lengths_between(row.forecast_failure, measured_failure)),
            theorem="",
            observation="urrutia2026heads",
            detail={
                "forecast to fail at": row.forecast_failure,
                "measured to fail at": measured_failure,
                "lengths": list(table.lengths),
                "forecast": list(row.forecast_kept),
                "measured": list(row.measured_kept),
                "queries": list(row.measured_queries),
                "weight forecast": list(row.forecast_weight),
                "weight measured": list(row.measured_weight),
                "floor": list(row.floor),
                "peak": list(row.peak),
            },
        )
