"""Small checkpoints on disk with certificates, and certificates altered and sealed again."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from empirical.certificates.accuracy.bounds import with_accuracies
from empirical.certificates.document import certificate_of
from empirical.certificates.induction.prover import InductionProver
from empirical.certificates.one_layer.float32_prover import Float32Prover
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.certificates.several_heads.prover import prover_of
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import seal
from empirical.recheck.check import recheck
from empirical.recheck.checkpoint import read_checkpoint
from tests.empirical.certificates import planted, tiny

Document = dict[str, Any]


def quiet(done: int, total: int) -> None:
    """Say nothing of progress."""


def write(path: Path, made: Checkpoint) -> Checkpoint:
    """A checkpoint on disk."""
    assert made.task is not None
    checkpoint.write(path, made.config, made.weights, made.task, {})
    return checkpoint.read(path)


def one_hop(
    path: Path,
    task: str,
    seed: int,
    *,
    heads: int = 1,
    biases: bool = True,
    accuracies: tuple[int, ...] = (),
    float32: bool = False,
) -> Document:
    """What the search finds of a random tiny model that is written to a directory."""
    strength = 0.4 if heads == 1 or seed % 2 else 0.15
    rotary = 6 if heads == 1 else 2
    checkpoint = write(path, tiny.checkpoint(task, seed, biases, strength, rotary, heads))
    prover = Float32Prover(checkpoint) if float32 else prover_of(checkpoint, 10.0)
    content = certify(prover, checkpoint.sha256, 4, 6, quiet)
    if accuracies:
        assert isinstance(prover, Prover)
        content = with_accuracies(content, prover, accuracies, quiet)
    return document(content, path)


def induction(path: Path, noise: float, seed: int = 0, length: int = 5) -> Document:
    """What the search finds of a planted circuit that is written to a directory."""
    prover = InductionProver(write(path, planted.circuit(4, seed, noise)))
    return document(prover.certify(prover.contexts(length), quiet), path)


def document(content: Document, path: Path) -> Document:
    """What a search found as a certificate, unchecked."""
    return certificate_of(content, read_checkpoint(path)).to_json()


def check(document: Document, directory: Path, *, sealed: bool = True) -> None:
    """Check a document, sealed anew or not."""
    if sealed:
        content = {key: value for key, value in document.items() if key != "seal"}
        document = {**content, "seal": seal(content)}
    file = directory / "certificate.json"
    file.write_text(json.dumps(document))
    recheck(file, directory)


def altered(document: Document, change: Callable[[Document], object]) -> Document:
    """A copy whose claims were changed."""
    changed = copy.deepcopy(document)
    change(changed["claims"])
    return changed


def instead(value: Any) -> Callable[[Any], Any]:
    """A change to one value, whatever stood there."""
    return lambda _: value


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all numbers of a document."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))
    elif isinstance(value, int | float):
        yield path


def put(document: Document, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Document:
    """A copy with one value changed."""
    changed = copy.deepcopy(document)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = change(place[path[-1]])
    return changed
