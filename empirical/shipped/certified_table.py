"""Holds what is certified of the shipped one-layer, one-head models, in a table beside this file.

Bounding accuracies takes minutes, so it was done once: ``python -m
empirical.shipped.certified_table`` adds the models that the table lacks. All that it holds the
checker has verified; tests compute parts of it again.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from empirical.certificates.accuracy.bounds import AccuracyBounds, with_accuracies
from empirical.certificates.document import checked
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.files import checkpoint
from empirical.files.atomic import write_json
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import OneHop
from empirical.recheck.findings import silent
from empirical.shipped import checkpoints

TABLE = Path(__file__).with_suffix(".json")
MULTIPLES = (1, 2, 4)
"""Multiples of the longest training length at which accuracies are bounded."""
SECONDS = 30.0
"""Processor time after which a length, and those beyond it, are left out."""


@dataclass(frozen=True)
class Certified:
    """What is certified of one model.

    Attributes:
        searched: the longest length at which horizons were searched, in tokens.
        horizons: by query, the longest length up to which all inputs are answered rightly; if it is
            ``searched``, a lower bound of it.
        accuracies: by length, bounds of the accuracy over the inputs that the task draws.
    """

    searched: int
    horizons: dict[int, int]
    accuracies: dict[int, AccuracyBounds]


@cache
def table() -> dict[str, Certified]:
    """Returns what is certified, by sha256 of the weights."""
    return {sha256: _from_json(entry) for sha256, entry in _read().items()}


def horizons(model: Checkpoint, searched: int) -> dict[int, int]:
    """Certify the horizon of each query, up to a length; the checker verifies them.

    Args:
        model: a one-layer, one-head checkpoint.
        searched: the longest length at which to search, in tokens.

    Raises:
        Refusal: the model has another shape, or no task that can be certified.
    """
    trained = model.task.train_lengths if model.task else ()
    length = min([searched, max(trained, default=searched)])
    content = certify(Prover(model), model.sha256, length, searched, silent)
    claims = checked(content, model.path).certificate.claims
    assert isinstance(claims, OneHop)
    return {horizon.query: horizon.longest for horizon in claims.horizons}


def accuracy(
    model: Checkpoint, length: int, tick: Callable[[int, int], object] = silent
) -> AccuracyBounds | None:
    """Bound the accuracy at a length; the checker verifies it.

    Args:
        model: a one-layer, one-head checkpoint.
        length: tokens per input.
        tick: called with the number of queries searched and of all.

    Returns:
        Bounds over the inputs that the task draws; ``None`` where the checker shows none.

    Raises:
        Refusal: the model has another shape, no task, or no input of this length.
    """
    prover = Prover(model)
    rows = certify(prover, model.sha256, length, None, silent)
    content = with_accuracies(rows, prover, [length], tick)
    claims = checked(content, model.path).certificate.claims
    assert isinstance(claims, OneHop)
    return next((AccuracyBounds(bounds.lower, bounds.upper) for bounds in claims.accuracies), None)


def _read() -> dict[str, Any]:
    entries: dict[str, Any] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    return entries


def _from_json(entry: dict[str, Any]) -> Certified:
    accuracies = {
        int(length): AccuracyBounds(**bounds) for length, bounds in entry["accuracies"].items()
    }
    by_query = {int(query): horizon for query, horizon in entry["horizons"].items()}
    return Certified(entry["searched"], by_query, accuracies)


class _TooLong(Exception):
    """A search took longer than ``SECONDS``."""


def _accuracies(model: Checkpoint) -> dict[int, AccuracyBounds]:
    """Returns bounds at multiples of the training length, until one takes too long or fails."""
    assert model.task is not None
    bounds: dict[int, AccuracyBounds] = {}
    for multiple in MULTIPLES:
        length, start = multiple * max(model.task.train_lengths), time.process_time()

        def within_time(done: int, total: int, start: float = start) -> None:
            if time.process_time() - start > SECONDS:
                raise _TooLong

        try:
            bounded = accuracy(model, length, within_time)
        except _TooLong:
            break
        if bounded is None:
            break
        bounds[length] = bounded
    return bounds


def main() -> None:
    """Add the models that the table lacks; the table is written after each model."""
    for path in (*checkpoints.one_layer(), *reversed(checkpoints.one_plane())):
        model, entries = checkpoint.read(path), _read()
        if model.sha256 in entries:
            continue
        entry = Certified(
            checkpoints.SEARCHED, horizons(model, checkpoints.SEARCHED), _accuracies(model)
        )
        write_json(TABLE, {**entries, model.sha256: asdict(entry)})
        print(path.name, min(entry.horizons.values()), max(entry.horizons.values()), flush=True)
        for length, bounds in entry.accuracies.items():
            print(f"    {length}: {bounds}", flush=True)


if __name__ == "__main__":
    main()
