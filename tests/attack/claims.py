"""False claims about a model, made of true ones."""

import copy
import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

import numpy as np

from tests.attack.subjects import Name, Subject, rows_of
from tests.empirical.recheck.certificates import Document

False_: TypeAlias = Iterator[tuple[str, Document]]
AT_MOST = 4
"""Rows of one verdict that are falsified: a model of many rows is not worth more than others."""


def false_claims(subject: Subject, rng: np.random.Generator) -> False_:
    """Certificates that claim what is not so, each with its kind."""
    document = subject.document
    yield from _wrong_rows(subject, rng)
    yield from _right_rows(subject, rng)
    yield from _other_refutations(subject, rng)
    yield from _other_lists(document, rng)
    yield from _other_bindings(document, rng)
    if "horizons" in document["claims"]:
        yield from _longer_horizons(document)
    if document["claims"].get("accuracies"):
        yield from _other_accuracies(subject)
    yield from _other_proofs(subject)


def _wrong_rows(subject: Subject, rng: np.random.Generator) -> False_:
    """Rows that an input contradicts, as proved; at last all of them at once."""
    wrong = [(at, row) for at, name, row in rows_of(subject) if name in subject.wrong]
    everything = copy.deepcopy(subject.document)
    for at, row in wrong:
        everything["claims"]["rows"][at] = _named(row) | {"verdict": "PROVED"}
    for at, row in _some(wrong, rng):
        claim = _named(row) | {"verdict": "PROVED"}
        yield "a wrong row as proved", _with_row(subject.document, at, claim)
    if wrong:
        yield "all wrong rows as proved", everything


def _right_rows(subject: Subject, rng: np.random.Generator) -> False_:
    """Rows that no input contradicts, as refuted."""
    right = [(at, name, row) for at, name, row in rows_of(subject) if name in subject.right]
    for at, name, row in _some(right, rng):
        for witness in subject.inputs[name]:
            claim = _named(row) | {
                "verdict": "REFUTED",
                "rival": _another(name[-1], subject, rng),
                "witness": witness.tolist(),
                "margin": -float(rng.choice([rng.random(), 5e-324, 1e-9, 1e300])),
            }
            yield "a right row as refuted", _with_row(subject.document, at, claim)


def _other_refutations(subject: Subject, rng: np.random.Generator) -> False_:
    """Refuted rows with another margin, or with a witness that is no input of the row."""
    refuted = [(at, row) for at, _, row in rows_of(subject) if row["verdict"] == "REFUTED"]
    for at, row in _some(refuted, rng):
        margin, witness = row["margin"], row["witness"]
        tokens = len(subject.read.task.entries)
        asked = [*witness[:-1], (witness[-1] + 1) % tokens]
        changes: list[tuple[str, Any]] = [
            ("margin", margin * (1 + 2.0**-30)),
            ("margin", margin * (1 - 2.0**-35)),
            ("margin", margin / 2),
            ("margin", margin * 2.0**20),
            ("rival", row.get("answer", witness[0] if "walk" not in row else row["walk"][-1])),
            ("witness", witness[:-1]),
            ("witness", [*witness, witness[-1]]),
            ("witness", asked),
            ("witness", [*witness[:-1], tokens]),
            ("witness", [-1, *witness[1:]]),
        ]
        for field, value in changes:
            if value != row[field]:
                claim = _with_row(subject.document, at, row | {field: value})
                yield f"another {field}", claim


def _other_lists(document: Document, rng: np.random.Generator) -> False_:
    """Rows, horizons and accuracies that are left out, stand twice, or speak of nothing."""
    for name in ("rows", "horizons"):
        entries = document["claims"].get(name)
        if entries:
            at = int(rng.integers(len(entries)))
            others = [*entries[:at], *entries[at + 1 :]]
            yield f"{name} without one", _changed(document, name, others)
            yield f"{name} with one twice", _changed(document, name, [*entries, entries[at]])
            yield f"no {name}", _changed(document, name, [])
    row = document["claims"]["rows"][0]
    strange = {n: v + 1000 if isinstance(v, int) else v for n, v in _named(row).items()}
    if "walk" in row:
        strange = {"walk": [1000, *row["walk"]]}
    more = [*document["claims"]["rows"], strange | {"verdict": "PROVED"}]
    yield "a row about nothing", _changed(document, "rows", more)
    length = document["claims"]["length"]
    if any(row["verdict"] == "REFUTED" for row in document["claims"]["rows"]):
        for other in (length - 1, length + 1, 2 * length):
            yield "another length", _changed(document, "length", other)


def _other_bindings(document: Document, rng: np.random.Generator) -> False_:
    """Claims about other files, or of another kind."""
    for name in document["files"]:
        changed = copy.deepcopy(document)
        changed["files"][name] = rng.bytes(32).hex()
        yield "another file", changed
    for kind in ("one-hop", "induction", "walks"):
        if kind != document["kind"]:
            yield "another kind", {**document, "kind": kind}


def _longer_horizons(document: Document) -> False_:
    """Horizons that go on where an input fails."""
    searched = document["claims"]["horizon_searched"]
    for at, horizon in enumerate(document["claims"]["horizons"]):
        beyond = horizon.get("beyond")
        if beyond is None or beyond["verdict"] != "REFUTED":
            continue
        longer: list[Document] = [{"query": horizon["query"], "longest": searched}]
        if horizon["longest"] + 1 < searched:
            for moved in (beyond, _named(beyond) | {"verdict": "UNDECIDED"}):
                further = {**horizon, "longest": horizon["longest"] + 1, "beyond": moved}
                longer.append(further)
        for claim in longer:
            changed = copy.deepcopy(document)
            changed["claims"]["horizons"][at] = claim
            yield "a longer horizon", changed


def _other_accuracies(subject: Subject) -> False_:
    """Accuracies that miss the share of inputs that are answered rightly."""
    for at, accuracy in enumerate(subject.document["claims"]["accuracies"]):
        shares = subject.shares[accuracy["length"]]
        counts = {query: sum(1 for q, _ in shares if q == query) for query, _ in shares}
        for number, part in enumerate(accuracy["parts"]):
            least, most = shares[part["query"], part["answer"]]
            others: list[Document | None] = []
            if most < 1:
                others += [None, {**part, "lower": 1.0, "upper": 1.0}]
                above = most + (1 - most) / 2
                others.append({**part, "lower": above, "upper": max(part["upper"], above)})
            if least > 0:
                others.append({**part, "lower": 0.0, "upper": least / 2})
                others.append({**part, "lower": 0.0, "upper": least / 2, "rivals": []})
            for other in others:
                parts = [*accuracy["parts"][:number], *accuracy["parts"][number + 1 :]]
                if other is not None:
                    parts.insert(number, other)
                changed = copy.deepcopy(subject.document)
                changed["claims"]["accuracies"][at] = {"length": accuracy["length"], "parts": parts}
                changed["claims"]["accuracies"][at] |= _whole(parts, counts)
                yield "another accuracy", changed
        for bounds in _missed(shares, counts):
            changed = copy.deepcopy(subject.document)
            changed["claims"]["accuracies"][at] |= bounds
            yield "another accuracy", changed


def _missed(
    shares: dict[Name, tuple[float, float]], counts: dict[int, int]
) -> Iterator[dict[str, float]]:
    """Bounds of the whole between which it is not."""
    least, most = (
        math.fsum(share[side] / counts[query] for (query, _), share in shares.items()) / len(counts)
        for side in (0, 1)
    )
    if most < 1 - 1e-6:
        yield {"lower": most + (1 - most) / 2, "upper": 1.0}
    if least > 1e-6:
        yield {"lower": 0.0, "upper": least / 2}


def _whole(parts: list[Document], counts: dict[int, int]) -> dict[str, float]:
    """What parts say of all inputs."""
    bounds = {}
    for side, towards in (("lower", -math.inf), ("upper", math.inf)):
        lost = (
            (1 - Fraction(part[side])) / (counts[part["query"]] * len(counts)) for part in parts
        )
        value = 1 - sum(lost, Fraction(0))
        nearest = float(value)
        inside = nearest <= value if side == "lower" else nearest >= value
        bounds[side] = nearest if inside else math.nextafter(nearest, towards)
    return bounds


def _other_proofs(subject: Subject) -> False_:
    """Trees that are no whole, and trees for rows that an input contradicts."""
    document = subject.document
    if "proofs" not in document["claims"]:
        return
    for at, proof in enumerate(document["claims"]["proofs"][:AT_MOST]):
        nodes = proof["nodes"]
        for other in (nodes[:-1], [*nodes, "input"], ["input"], [{"split": 0}, *nodes]):
            changed = copy.deepcopy(document)
            changed["claims"]["proofs"][at]["nodes"] = other
            if other != nodes:
                yield "a tree that is no whole", changed
    heads = subject.read.config.heads
    none = [0.0] * (heads - 1)
    trees: list[list[Any]] = [
        [{"thresholds": none}],
        [
            {"within": [[0.0] * (heads - 1), [1e-300] * (heads - 1)]},
            {"multipliers": [0.0] * (heads - 1)},
        ],
        ["input"],
    ]
    trees += [proof["nodes"] for proof in document["claims"]["proofs"][:1]]
    wrong = [(at, row) for at, name, row in rows_of(subject) if name in subject.wrong]
    for (at, row), nodes in product(wrong[:AT_MOST], trees):
        changed = _with_row(document, at, _named(row) | {"verdict": "PROVED"})
        changed["claims"]["proofs"] = _everywhere(subject, row, nodes)
        yield "a tree for a wrong row", changed


def _everywhere(subject: Subject, row: Document, nodes: list[Any]) -> list[Document]:
    """The same tree for every rival and place of a row."""
    length = subject.document["claims"]["length"]
    domain = subject.read.task.domain(row["query"], length)
    assert domain is not None
    return [
        {**_named(row), "rival": rival, "length": length, "place": place, "nodes": nodes}
        for rival in range(len(subject.read.task.entries))
        if rival != row["answer"]
        for place in domain.places
    ]


def _some(entries: list[Any], rng: np.random.Generator) -> list[Any]:
    """A few of a list."""
    chosen = rng.permutation(len(entries))[:AT_MOST]
    return [entries[at] for at in chosen.tolist()]


def _another(answer: int, subject: Subject, rng: np.random.Generator) -> int:
    """A class that is not the answer."""
    tokens = len(subject.read.task.entries)
    return int((answer + rng.integers(1, tokens)) % tokens)


def _named(row: Document) -> Document:
    """What names a row."""
    return {n: row[n] for n in ("previous", "query", "answer", "walk") if n in row}


def _with_row(document: Document, at: int, row: Document) -> Document:
    rows = document["claims"]["rows"]
    return _changed(document, "rows", [*rows[:at], row, *rows[at + 1 :]])


def _changed(document: Document, name: str, value: Any) -> Document:
    changed = copy.deepcopy(document)
    changed["claims"][name] = copy.deepcopy(value)
    return changed
