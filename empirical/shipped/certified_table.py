"""What is certified of the shipped one-layer, one-head models, in one table beside this file.

Bounding accuracies takes minutes, so it was done once: ``python -m
empirical.shipped.certified_table`` adds what the table lacks, model by model. Tests find parts of
it again.
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
"""Of the longest length trained on: where accuracies are bounded."""
SECONDS = 30.0
"""Processor time after which a length, and those beyond it, are left out."""


@dataclass(frozen=True)
class Certified:
    """What is certified of one model.

    Attributes:
        searched: how far horizons were looked for, in tokens.
        horizons: by query, the longest length up to which all inputs are answered rightly.
        accuracies: by length and query, bounds of the accuracy over what the task draws.
    """

    searched: int
    horizons: dict[int, int]
    accuracies: dict[int, dict[int, Accuracy]]

    def accuracy(self, length: int) -> Accuracy:
        """Bounds over all queries, which are equally likely."""
        return mean(list(self.accuracies[length].values()))


@cache
def table() -> dict[str, Certified]:
    """By sha256 of the weights."""
    return {sha: _from_json(said) for sha, said in _read().items()}


def horizons(found: Checkpoint, searched: int) -> dict[int, int]:
    """How long inputs of each query may be, up to a length, as the checker shows it."""
    trained = found.task.train_lengths if found.task else ()
    length = min([searched, max(trained, default=searched)])
    content = certify(Prover(found), found.sha256, length, searched, lambda done, total: None)
    claims = checked(content, found.path).certificate.claims
    assert isinstance(claims, OneHop)
    return {horizon.query: horizon.longest for horizon in claims.horizons}


def _read() -> dict[str, Any]:
    said: dict[str, Any] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    return said


def _from_json(said: dict[str, Any]) -> Certified:
    accuracies = {
        int(length): {int(query): Accuracy(**bounds) for query, bounds in by_query.items()}
        for length, by_query in said["accuracies"].items()
    }
    reaches = {int(query): reach for query, reach in said["horizons"].items()}
    return Certified(said["searched"], reaches, accuracies)


def _accuracies(found: Checkpoint) -> dict[int, dict[int, Accuracy]]:
    """Bounds at multiples of the training length, until one takes too long."""
    assert found.task is not None
    prover, bounds = Prover(found), dict[int, dict[int, Accuracy]]()
    for multiple in MULTIPLES:
        length, start = multiple * max(found.task.train_lengths), time.process_time()
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
    """Add the models that the table lacks; each is written once it is done."""
    for path in (*checkpoints.one_layer(), *reversed(checkpoints.one_plane())):
        found, said = checkpoint.read(path), _read()
        if found.sha256 in said:
            continue
        entry = Certified(
            checkpoints.SEARCHED, horizons(found, checkpoints.SEARCHED), _accuracies(found)
        )
        write_json(TABLE, {**said, found.sha256: asdict(entry)})
        print(path.name, min(entry.horizons.values()), max(entry.horizons.values()), flush=True)
        for length in entry.accuracies:
            print(f"    {length}: {entry.accuracy(length)}", flush=True)


if __name__ == "__main__":
    main()
