"""Predictions about a checkpoint, one per file, found by walking this folder."""

import importlib
import pkgutil
from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject


def predict(subject: Subject) -> Iterator[Prediction]:
    """Every row that can be said of a checkpoint; the self-check comes first."""
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    for name in sorted(names, key=lambda name: (name != "logit_eq_canonical", name)):
        module = importlib.import_module(f"{__name__}.{name}")
        if hasattr(module, "rows"):
            yield from module.rows(subject)
