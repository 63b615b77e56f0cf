"""The six lines of evidence of olsson2022induction and one of ours, one per file, over runs.

A file says with ``ROW`` where it stands among them.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence

from empirical.induction.trajectory import Trajectory
from empirical.predictions.prediction import Prediction


def predict(runs: Sequence[Trajectory]) -> Iterator[Prediction]:
    """Everything that can be said of a set of runs, row after row."""
    named: dict[str, list[Trajectory]] = {}
    for run in runs:
        named.setdefault(run.name, []).append(run)
    modules = [
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
    ]
    for module in sorted(modules, key=lambda module: module.ROW):
        yield from module.rows(named)
