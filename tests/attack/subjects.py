"""What the checker is attacked with: drawn models with what the search found, and with the truth.

A row is named by the numbers that stand before its verdict: query and answer; the token before the
last, query and answer; or the tokens of a walk.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch

from empirical.certificates.accuracy.bounds import with_accuracies
from empirical.certificates.induction.prover import InductionProver
from empirical.certificates.multi_hop.prover import MultiHopProver
from empirical.certificates.one_layer.float32_prover import Float32Prover
from empirical.certificates.one_layer.prover import certify
from empirical.certificates.several_heads.prover import prover_of
from empirical.files.checkpoint import Checkpoint
from empirical.models.gptj import GPTJ
from empirical.recheck.checkpoint import Checkpoint as Read
from empirical.recheck.checkpoint import read_checkpoint
from empirical.recheck.failures import Malformed
from tests.attack.models import KINDS, LARGEST, checkpoint_of
from tests.attack.network import Network
from tests.attack.truth import Truth
from tests.empirical.certificates import planted
from tests.empirical.certificates.multi_hop import every_input, networks
from tests.empirical.recheck.certificates import Document, document, quiet, write
from tests.empirical.recheck.walk_models import hand_set
from theory.refusal import Refusal

Name: TypeAlias = tuple[int, ...]
Inputs: TypeAlias = np.ndarray
LENGTH, SEARCHED = 4, 5
"""Tokens of the inputs of one hop, and up to which horizons are searched."""
SECONDS = 2.0
"""For one row of several heads."""
JUDGED, LOOKED_AT = 6, 3
"""Rows of several hops of which the truth is asked, and inputs of each that are run in balls."""
SET_BY_HAND = 0.1
"""Of the networks of walks, which are wide."""
APART = 1e-6
"""A margin in floats that is above this part of the largest one has its sign."""


@dataclass
class Subject:
    """A model on disk with what the search found of it, and what is so.

    Attributes:
        document: what was found, as a certificate, sealed.
        read: the checkpoint, as the checker reads it.
        wrong: rows with an input that the answer loses.
        right: rows whose answer wins on every input.
        inputs: of each row, some that a false witness may name, first token first.
        shares: by length and row, the least and the most that the share of right inputs can be.
    """

    document: Document
    read: Read
    wrong: set[Name] = field(default_factory=set)
    right: set[Name] = field(default_factory=set)
    inputs: dict[Name, Inputs] = field(default_factory=dict)
    shares: dict[int, dict[Name, tuple[float, float]]] = field(default_factory=dict)


def name_of(row: Document) -> Name:
    """The numbers that name a row."""
    if "walk" in row:
        return tuple(row["walk"])
    return tuple(row[name] for name in ("previous", "query", "answer") if name in row)


def _one_hop(
    rng: np.random.Generator, folder: Path, heads: int, *, accuracies: bool = False
) -> Subject | None:
    """A model of one block, of any kind and of all scales."""
    kind = str(rng.choice([*sorted(KINDS), "blend"]))
    checkpoint = _on_disk(folder, checkpoint_of(rng, kind, heads))
    prover = prover_of(checkpoint, SECONDS)
    if not _askable(folder, lambda: prover.domains(LENGTH)):
        return None
    content = certify(prover, checkpoint.sha256, LENGTH, SEARCHED, quiet)
    lengths = (LENGTH - 1, LENGTH) if accuracies else ()
    content = with_accuracies(content, prover, lengths, quiet)
    subject = Subject(document(content, folder), read_checkpoint(folder))
    true = Truth(checkpoint)
    for name, row in true.rows(LENGTH).items():
        if row.wrong:
            subject.wrong.add(name)
        elif row.right == row.inputs:
            subject.right.add(name)
        subject.inputs[name] = np.array([row.worst_input[::-1]])
    for length in lengths:
        subject.shares[length] = {
            name: (row.right / row.inputs, (row.right + row.tied) / row.inputs)
            for name, row in true.rows(length).items()
        }
    return subject


@torch.inference_mode()
def _float32(rng: np.random.Generator, folder: Path) -> Subject | None:
    """A model of one block, of which float32 executions are certified."""
    kind = str(rng.choice(["plain", "scales", "one scale", "near ties", "rows apart", "epsilon"]))
    checkpoint = _on_disk(folder, checkpoint_of(rng, kind, 1))
    prover, true = Float32Prover(checkpoint), Truth(checkpoint)
    if not _askable(folder, lambda: prover.domains(LENGTH)):
        return None
    content = certify(prover, checkpoint.sha256, LENGTH, SEARCHED, quiet)
    subject = Subject(document(content, folder), read_checkpoint(folder))
    model = GPTJ.of(checkpoint.config, checkpoint.weights)
    for domain in subject.read.task.domains(LENGTH):
        for answer, choice in true.choices(domain.query, LENGTH):
            inputs = np.array(list(product(*choice)))[:, ::-1].copy()
            logits = model(torch.from_numpy(inputs), last_only=True)[:, 0]
            others = logits.clone()
            others[:, answer] = -torch.inf
            won = (logits[:, answer] > others.max(dim=1).values).numpy()
            subject.inputs[domain.query, answer] = inputs[:1]
            if not won.all():
                subject.wrong.add((domain.query, answer))
    for name, row in true.rows(LENGTH).items():
        if row.right == row.inputs:
            subject.right.add(name)
        elif row.wrong:
            subject.wrong.add(name)
    return subject


def _induction(rng: np.random.Generator, folder: Path) -> Subject | None:
    """Two blocks with a circuit set by hand and shaken, in other units."""
    tokens = int(rng.integers(3, 5))
    noise = float(rng.choice([0.003, 0.03, 0.1, 0.2, 0.5]))
    sharpness = float(rng.choice([20.0, 200.0]))
    made = planted.circuit(tokens, int(rng.integers(1 << 30)), noise, sharpness)
    planted.circuit.cache_clear()
    checkpoint = _on_disk(folder, in_other_units(rng, made))
    length = int(rng.integers(3, 6))
    if not _askable(folder, lambda: InductionProver(checkpoint)):
        return None
    prover = InductionProver(checkpoint)
    content = prover.certify(prover.contexts(length), quiet)
    subject = Subject(document(content, folder), read_checkpoint(folder))
    inputs = planted.inputs(tokens, length)
    answers = planted.answers(inputs)
    names = [
        (*map(int, row[-2:]), answer) for row, answer in zip(inputs, answers.tolist(), strict=True)
    ]
    _judge(subject, Network(checkpoint), _grouped(names, inputs), rng)
    return subject


def _walks(rng: np.random.Generator, folder: Path) -> Subject | None:
    """A block for each hop, set by hand and shaken, or drawn, in other units."""
    seed = int(rng.integers(1 << 30))
    if rng.random() < SET_BY_HAND:
        made = hand_set(
            float(rng.choice([1, 3, 6, 20])), noise=float(rng.choice([0, 0.01, 0.05])), seed=seed
        )
        length = int(rng.integers(3, 5))
    else:
        kind = str(rng.choice(["number-2-hops", "number-3-hops", "letter-2-hops"]))
        made = networks.drawn(kind, seed, scale=float(rng.choice([0.1, 1, 5])))
        length = int(rng.integers(3, 5)) + (kind == "number-3-hops")
    checkpoint = _on_disk(folder, in_other_units(rng, made))
    if not _askable(folder, lambda: MultiHopProver(checkpoint).require(length)):
        return None
    prover = MultiHopProver(checkpoint)
    subject = Subject(document(prover.certify(length, quiet), folder), read_checkpoint(folder))
    rows = {
        walk: np.array([*every_input.every_input(prover.task, walk, length)])
        for walk in map(name_of, subject.document["claims"]["rows"])
    }
    _judge(subject, Network(checkpoint), rows, rng)
    return subject


def in_other_units(rng: np.random.Generator, made: Checkpoint) -> Checkpoint:
    """A model as it is; with tensors in other units; or with one of them in another unit."""
    weights = {name: array.astype(float) for name, array in made.weights.items()}
    match rng.integers(4):
        case 0:
            return made
        case 1:
            for array in weights.values():
                array *= 2.0 ** rng.integers(-90, 91)
        case 2:
            for array in weights.values():
                array *= 2.0 ** rng.integers(-3, 4)
        case 3:
            weights[str(rng.choice(sorted(weights)))] *= 2.0 ** rng.integers(-90, 91)
    clipped = {n: np.clip(a, -LARGEST, LARGEST).astype(np.float32) for n, a in weights.items()}
    return replace(made, weights=clipped)


def _judge(
    subject: Subject, network: Network, rows: dict[Name, Inputs], rng: np.random.Generator
) -> None:
    """Say of some rows what is so: floats choose the inputs that balls look at."""
    names = sorted(rows)
    for at in rng.permutation(len(names))[:JUDGED].tolist():
        name, inputs = names[at], rows[names[at]]
        answers = np.full(len(inputs), name[-1])
        with np.errstate(all="ignore"):
            margins = network.float_margins(inputs, answers)
        order = np.argsort(np.nan_to_num(margins, nan=-np.inf))
        subject.inputs[name] = inputs[order[:2]]
        looked_at = [
            network.margin(tuple(row), name[-1]) for row in inputs[order[:LOOKED_AT]].tolist()
        ]
        if any(margin < 0 for margin in looked_at):
            subject.wrong.add(name)
        clear = bool((margins[order] > APART * np.abs(margins).max()).all())
        if all(margin > 0 for margin in looked_at) and (clear or len(inputs) <= LOOKED_AT):
            subject.right.add(name)


def _grouped(names: list[Name], inputs: Inputs) -> dict[Name, Inputs]:
    groups: dict[Name, list[int]] = {}
    for at, name in enumerate(names):
        groups.setdefault(name, []).append(at)
    return {name: inputs[at] for name, at in groups.items()}


def _on_disk(folder: Path, made: Checkpoint) -> Checkpoint:
    return write(folder, made)


def _askable(folder: Path, ask: Callable[[], Any]) -> bool:
    """Is this a model of which anything can be asked, by the search and by the checker?"""
    try:
        ask()
        read_checkpoint(folder)
    except (Refusal, Malformed):
        return False
    return True


SUBJECTS: dict[str, Callable[[np.random.Generator, Path], Subject | None]] = {
    "one head": lambda rng, folder: _one_hop(rng, folder, 1),
    "two heads": lambda rng, folder: _one_hop(rng, folder, 2),
    "three heads": lambda rng, folder: _one_hop(rng, folder, 3),
    "accuracies": lambda rng, folder: _one_hop(rng, folder, 1, accuracies=True),
    "float32": _float32,
    "induction": _induction,
    "walks": _walks,
}


def rows_of(subject: Subject) -> Iterator[tuple[int, Name, Document]]:
    """Each row with its number and name."""
    for at, row in enumerate(subject.document["claims"]["rows"]):
        yield at, name_of(row), row
