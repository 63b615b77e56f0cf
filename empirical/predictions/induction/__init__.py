"""Makes predictions about runs: the six lines of evidence of olsson2022induction and one of ours.

Each module holds one of them, and its constant ``ROW`` is its place among them.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence

from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.prediction import Prediction


def predict(runs: Sequence[InductionTrajectory]) -> Iterator[Prediction]:
    """Yields every prediction about a set of runs, in the order of the lines of evidence."""
    for rows in by_row(runs).values():
        yield from rows


def by_row(runs: Sequence[InductionTrajectory]) -> dict[str, list[Prediction]]:
    """Returns the predictions by line of evidence, lines without a prediction left out."""
    named: dict[str, list[InductionTrajectory]] = {}
    for run in runs:
        named.setdefault(run.name, []).append(run)
    modules = [
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
    ]
    predictions = {
        (module.__doc__ or "").splitlines()[0]: list(module.rows(named))
        for module in sorted(modules, key=lambda module: module.ROW)
    }
    return {title: rows for title, rows in predictions.items() if rows}
