"""The six lines of evidence of olsson2022induction and one of ours, one per file, over runs.

A file says with ``ROW`` where it stands among them.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence

from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.prediction import Prediction


def predict(runs: Sequence[InductionTrajectory]) -> Iterator[Prediction]:
    """Everything that can be said of a set of runs, row after row."""
    for rows in by_row(runs).values():
        yield from rows


def by_row(runs: Sequence[InductionTrajectory]) -> dict[str, list[Prediction]]:
    """The same under what each row says; rows of which nothing can be said are left out."""
    named: dict[str, list[InductionTrajectory]] = {}
    for run in runs:
        named.setdefault(run.name, []).append(run)
    modules = [
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
    ]
    said = {
        (module.__doc__ or "").splitlines()[0]: list(module.rows(named))
        for module in sorted(modules, key=lambda module: module.ROW)
    }
    return {title: rows for title, rows in said.items() if rows}
