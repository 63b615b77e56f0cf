"""Holds what is certified of the shipped one-layer, one-head models, in a table beside this file.

Bounding accuracies takes minutes, so it was done once: ``python -m
empirical.shipped.certified_table`` adds the models that the table lacks. Tests compute parts of it
again.
"""

import json
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from empirical.certificates.accuracy.bounds import Accuracy, mean, of_query
from empirical.certificates.document import checked
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.files import checkpoint
from empirical.files.atomic import write_json
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import OneHop
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
        accuracies: by length and query, bounds of the accuracy over the inputs that the task draws.
    """

    searched: int
    horizons: dict[int, int]
    accuracies: dict[int, dict[int, Accuracy]]

    def accuracy(self, length: int) -> Accuracy:
        """Returns bounds over all queries, which are equally likely."""
        return mean(list(self.accuracies[length].values()))


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
    content = certify(Prover(model), model.sha256, length, searched, lambda done, total: None)
    claims = checked(content, model.path).certificate.claims
    assert isinstance(claims, OneHop)
    return {horizon.query: horizon.longest for horizon in claims.horizons}


def _read() -> dict[str, Any]:
    entries: dict[str, Any] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    return entries


def _from_json(entry: dict[str, Any]) -> Certified:
    accuracies = {
        int(length): {int(query): Accuracy(**bounds) for query, bounds in by_query.items()}
        for length, by_query in entry["accuracies"].items()
    }
    by_query = {int(query): horizon for query, horizon in entry["horizons"].items()}
    return Certified(entry["searched"], by_query, accuracies)


def _accuracies(model: Checkpoint) -> dict[int, dict[int, Accuracy]]:
    """Returns bounds at multiples of the training length, until one takes too long."""
    assert model.task is not None
    prover, bounds = Prover(model), dict[int, dict[int, Accuracy]]()
    for multiple in MULTIPLES:
        length, start = multiple * max(model.task.train_lengths), time.process_time()
        queries = {}
        for domain in prover.domains(length):
            parts = []
            for part in of_query(prover, domain, length):
                parts.append(part.accuracy)
                if time.process_time() - start > SECONDS:
                    return bounds
            queries[domain.query] = mean(parts)
        bounds[length] = queries
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
        for length in entry.accuracies:
            print(f"    {length}: {entry.accuracy(length)}", flush=True)


if __name__ == "__main__":
    main()
