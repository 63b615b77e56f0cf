"""The checker under attack: honest certificates, forged ones sealed again, and hostile files.

``python -m tests.benchmarks.recheck honest 500 --heads 1``: random tiny models; counted are
certificates of which every claim is shown, and those of which one is not.
``… forged 500``: claims that are false by brute force or by construction, sealed again; counted are
those that are refused, and those that are accepted, which must be none.
"""

import argparse
import copy
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from empirical.certificates.document import certificate_of
from empirical.certificates.one_layer.prover import certify
from empirical.certificates.several_heads.prover import prover_of
from empirical.files import checkpoint
from empirical.recheck.certificate import parsed_certificate, seal
from empirical.recheck.check import examine, sentence
from empirical.recheck.checkpoint import Checkpoint, read_checkpoint
from empirical.recheck.failures import Malformed, Rejected
from empirical.recheck.fields import Field
from tests.empirical.certificates import tiny

Document = dict[str, Any]


def models(count: int, heads: int, seed: int) -> Iterator[tuple[Checkpoint, Document, Any]]:
    """Random tiny checkpoints, read by the checker, with what the search finds of each."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        for number in range(count):
            task = ("index", "retrieval")[number % 2]
            strength = (0.4, 0.15, 1.0)[number % 3] if heads == 1 else 0.15
            rotary = 6 if heads == 1 else 2
            made = tiny.checkpoint(task, seed + number, number % 4 > 0, strength, rotary, heads)
            weights = dict(made.weights)
            if number % 5 == 4:  # other scales between the tensors
                for name in weights:
                    weights[name] = weights[name] * np.float32(2.0 ** rng.integers(-6, 7))
            assert made.task is not None
            checkpoint.write(path, made.config, weights, made.task, {})
            model = checkpoint.read(path)
            content = certify(prover_of(model, 3.0), model.sha256, 4, 5, lambda done, total: None)
            read = read_checkpoint(path)
            yield read, certificate_of(content, read).to_json(), model
            tiny.checkpoint.cache_clear()


def outcome(document: Document, read: Checkpoint) -> str:
    """What the checker says of a document that is sealed again."""
    content = {name: value for name, value in document.items() if name != "seal"}
    sealed = {**content, "seal": seal(content)}
    try:
        unshown = examine(parsed_certificate(Field("document", "", sealed)), read)
    except Malformed:
        return "malformed"
    except Rejected:
        return "rejected"
    return f"unshown: {sentence(unshown[0])}" if unshown else "accepted"


def forged(document: Document, model: Any, rng: random.Random) -> Iterator[tuple[str, Document]]:
    """False certificates of one model."""
    claims, worst = document["claims"], tiny.worst_margins(model, 4)
    for at, row in enumerate(claims["rows"]):
        names = {"query": row["query"], "answer": row["answer"]}
        if worst[row["query"], row["answer"]] < -1e-9:
            yield "a wrong row as proved", _with_row(document, at, {**names, "verdict": "PROVED"})
        if row["verdict"] == "PROVED":
            tokens = [rng.randrange(6) for _ in range(4)]
            refuted = {"verdict": "REFUTED", "rival": rng.randrange(6), "witness": tokens}
            yield (
                "a right row as refuted",
                _with_row(document, at, {**names, **refuted, "margin": -rng.random()}),
            )
        if row["verdict"] == "REFUTED":
            for name, value in (
                ("margin", row["margin"] * (1 + 2.0**-30)),
                ("margin", row["margin"] / 2),
                ("rival", row["answer"]),
                ("witness", row["witness"][:-1]),
                ("witness", [*row["witness"][:-1], (row["query"] + 1) % 6]),
            ):
                yield f"another {name}", _with_row(document, at, {**row, name: value})
    for at, horizon in enumerate(claims.get("horizons", [])):
        if "beyond" in horizon and horizon["beyond"]["verdict"] == "REFUTED":
            changed = copy.deepcopy(document)
            changed["claims"]["horizons"][at] = {"query": horizon["query"], "longest": 5}
            yield "a longer horizon", changed
    for name in ("rows", "horizons"):
        if claims.get(name):
            changed = copy.deepcopy(document)
            changed["claims"][name].pop(rng.randrange(len(claims[name])))
            yield f"{name} without one", changed
            changed = copy.deepcopy(document)
            changed["claims"][name].append(rng.choice(claims[name]))
            yield f"{name} with one twice", changed
    for name in document["files"]:
        changed = copy.deepcopy(document)
        changed["files"][name] = f"{rng.getrandbits(256):064x}"
        yield "another file", changed
    for at, proof in enumerate(claims["proofs"]):
        for nodes in (proof["nodes"][:-1], [*proof["nodes"], "input"]):
            changed = copy.deepcopy(document)
            changed["claims"]["proofs"][at]["nodes"] = nodes
            yield "a tree that is no whole", changed


def _with_row(document: Document, at: int, row: Document) -> Document:
    changed = copy.deepcopy(document)
    changed["claims"]["rows"][at] = row
    return changed


def main() -> None:
    """Attack, and print the counts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("honest", "forged"))
    parser.add_argument("count", type=int)
    parser.add_argument("--heads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1000)
    asked = parser.parse_args()
    counts: Counter[str] = Counter()
    rng = random.Random(asked.seed)
    for read, document, model in models(asked.count, asked.heads, asked.seed):
        if asked.kind == "honest":
            answer = outcome(document, read)
            counts[answer.split(":")[0]] += 1
            counts["rows"] += len(document["claims"]["rows"])
            if answer != "accepted":
                print(answer, flush=True)
            continue
        for kind, false in forged(document, model, rng):
            answer = outcome(false, read).split(":")[0]
            counts[answer] += 1
            if answer == "accepted":
                print("ACCEPTED", kind, false["claims"], flush=True)
    print(asked.kind, asked.count, "models", dict(counts))


if __name__ == "__main__":
    main()
