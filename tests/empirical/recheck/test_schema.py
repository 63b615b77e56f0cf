"""The schema of certificates refuses no document that is read, and most of what is not."""

import dataclasses
import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from empirical.recheck import certificate, specification
from empirical.recheck.certificate import (
    FILES,
    FORMAT,
    KINDS,
    MODEL_FILES,
    VERSION,
    Accuracy,
    Attention,
    Case,
    Certificate,
    GroupProof,
    Horizon,
    Induction,
    InductionRow,
    MixtureProof,
    OneHop,
    Part,
    Proof,
    Refutation,
    Row,
    Run,
    Specified,
    WalkRow,
    Walks,
    parsed_certificate,
    seal,
)
from empirical.recheck.failures import Malformed
from empirical.recheck.fields import MOST_TOKENS, Field
from tests.command_line import ropeproof
from tests.empirical.recheck.certificates import (
    Document,
    induction,
    instead,
    one_hop,
    places,
    put,
)
from tests.empirical.recheck.specifications import specified
from tests.empirical.recheck.test_malformed import CHANGES
from tests.empirical.recheck.walk_models import hand_set, walks

SCHEMA = json.loads(Path(certificate.__file__).with_name("certificate.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
BEYOND = {"row twice", "horizon twice", "horizon above all"}
"""Changes that no schema sees: entries that stand twice, and numbers that depend on each other."""


def accuracy() -> Document:
    part = {"query": 3, "answer": 0, "lower": 0.25, "upper": 0.5, "rivals": [1, 2]}
    return {"length": 4, "lower": 0.25, "upper": 1.0, "parts": [part]}


def tree() -> Document:
    leaf = {"multipliers": [0.5], "along": 0}
    box = {"within": [[0.0, 0.5], [1.0, 2.0]]}
    return {
        "query": 3, "answer": 0, "rival": 1, "length": 4, "place": 2,
        "directions": [[3, 0, 1, 2]],
        "nodes": [{"split": 1}, box, {"cut": 1, "at": 0.5}, leaf, {"thresholds": []}, "input"],
    }  # fmt: skip


def mixtures() -> list[Document]:
    parted = [{"split": 1}, {"shares": [0.5, 0.5]}, {"shares": [1.0, 0.0]}]
    return [
        {"lengths": [2, 4], "nodes": parted[1:2]},
        {"rival": 2, "lengths": [2, 2], "nodes": parted},
        {"lengths": [3, 3], "place": 2, "nodes": [{"margins": [0.5, -1.0]}]},
    ]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    """One of each kind; the first has everything that a document may have."""
    path = tmp_path_factory.mktemp("model")
    documents = {"one-hop": one_hop(path, "index", 3)}
    documents["one-hop"]["claims"].update(accuracies=[accuracy()], proofs=[tree()])
    documents["induction"] = induction(path, 0.2)
    documents["walks"] = walks(path, hand_set(6.0, noise=0.05), 5)
    documents["specified"] = specified(path)
    documents["specified"]["claims"]["rows"][0]["shown"] = mixtures()
    kept = {name: part for name, part in tree().items() if name not in ("query", "answer")}
    documents["specified"]["claims"]["rows"][0]["trees"] = [kept]
    for kind, document in documents.items():  # a row of each verdict is enough
        if kind == "specified":  # which has a row for each of its cases
            continue
        rows = {row["verdict"]: row for row in document["claims"]["rows"]}
        document["claims"]["rows"] = [*rows.values()]
        assert "REFUTED" in rows
    return {kind: sealed(document) for kind, document in documents.items()}


def sealed(document: Document) -> Document:
    content = {name: value for name, value in document.items() if name != "seal"}
    return {**content, "seal": seal(content)}


def is_read(document: Document) -> bool:
    try:
        parsed_certificate(Field("document", "", document))
    except Malformed:
        return False
    return True


def test_it_is_a_schema_of_this_version() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    properties = SCHEMA["properties"]
    assert properties["format"]["const"] == FORMAT
    assert properties["version"]["const"] == VERSION
    assert properties["kind"]["enum"] == [*KINDS]
    assert [*properties["files"]["properties"]] == [*FILES]
    assert properties["files"]["required"] == [*MODEL_FILES]
    limits = SCHEMA["$defs"]
    assert limits["token"]["maximum"] == MOST_TOKENS
    assert limits["position"]["maximum"] == certificate.MOST_POSITIONS
    assert limits["one-hop"]["properties"]["rows"]["maxItems"] == certificate.MOST_ROWS
    assert limits["proof"]["properties"]["nodes"]["maxItems"] == certificate.MOST_NODES
    assert limits["numbers"]["maxItems"] == specification.MOST_HEADS
    assert limits["walk row"]["properties"]["walk"]["maxItems"] == certificate.MOST_STOPS


CLASSES: dict[str, tuple[type, ...]] = {
    "one-hop": (OneHop,),
    "induction": (Induction,),
    "walks": (Walks,),
    "specified": (Specified,),
    "case": (Case, Refutation, Attention),
    "mixture proof": (MixtureProof,),
    "group proof": (GroupProof,),
    "row": (Row, Refutation),
    "induction row": (InductionRow, Refutation),
    "walk row": (WalkRow, Refutation),
    "horizon": (Horizon,),
    "accuracy": (Accuracy,),
    "part": (Part,),
    "proof": (Proof,),
}
"""By name in the schema, the classes whose fields an object has."""


@pytest.mark.parametrize("name", CLASSES)
def test_it_has_the_fields_of_the_classes(name: str) -> None:
    fields = {field.name for of in CLASSES[name] for field in dataclasses.fields(of)}
    assert {*SCHEMA["$defs"][name]["properties"]} == fields - {"refutation"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_is_valid(kind: str, documents: dict[str, Document]) -> None:
    assert is_read(documents[kind])
    VALIDATOR.validate(documents[kind])


@pytest.mark.parametrize("name", sorted(CHANGES.keys() - BEYOND))
def test_another_form_is_not_valid(name: str, documents: dict[str, Document]) -> None:
    change, _ = CHANGES[name]
    content = json.loads(json.dumps(documents["one-hop"]))
    change(content["claims"])
    assert not VALIDATOR.is_valid(sealed(content))


PLACES = 8
"""Numbers of a document that are altered."""
OTHERS: tuple[Any, ...] = (None, True, -1, 5, 0.5, 1 << 60, "x", [], {}, [[]], [0], "input")


@pytest.mark.parametrize("kind", KINDS)
def test_no_altered_document_that_is_read_is_refused(
    kind: str, documents: dict[str, Document]
) -> None:
    """Places get every other value; few are read, and the schema refuses most of the rest."""
    whole, seen, refused = documents[kind], 0, 0
    chosen = random.Random(0).sample([*places(whole)], PLACES)
    for path in chosen:
        for other in OTHERS:
            changed = sealed(put(whole, path, instead(other)))
            if is_read(changed):
                seen += 1
                assert VALIDATOR.is_valid(changed), (path, other)
            else:
                refused += not VALIDATOR.is_valid(changed)
    assert seen > 0
    assert refused > PLACES * len(OTHERS) / 2


def test_a_certificate_of_a_shipped_model_is_valid(tmp_path: Path) -> None:
    out = tmp_path / "certificate.json"
    ran = ropeproof("certify", "index-1layer", "--length", 4, "--horizon", 5, "--out", out)
    assert ran.status == 0
    VALIDATOR.validate(json.loads(out.read_text()))


def test_a_document_that_is_written_is_valid(documents: dict[str, Document]) -> None:
    for document in documents.values():
        read = parsed_certificate(Field("document", "", document))
        assert isinstance(read, Certificate)
        VALIDATOR.validate(json.loads(json.dumps(read.to_json())))
    assert Run().to_json() == "input"
    assert Proof.NAMES == ("query", "answer", "rival", "length", "place")
