"""Makes the predictions about a checkpoint; each module of this folder holds one prediction."""

import importlib
import pkgutil
from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject


def predict(subject: Subject) -> Iterator[Prediction]:
    """Yields every prediction about a checkpoint, the self-check of its canonical heads first.

    Args:
        subject: the checkpoint and the lengths to examine.
    """
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    for name in sorted(names, key=lambda name: (name != "logit_eq_canonical", name)):
        module = importlib.import_module(f"{__name__}.{name}")
        if hasattr(module, "rows"):
            yield from module.rows(subject)
