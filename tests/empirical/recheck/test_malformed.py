"""Files that are not what they should be are refused with their name and the place in them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from empirical.recheck.check import recheck
from empirical.recheck.failures import Malformed, Rejected
from tests.empirical.certificates import tiny
from tests.empirical.recheck.certificates import (
    Document,
    altered,
    check,
    one_hop,
    put,
    write,
)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def document(directory: Path) -> Document:
    for seed in range(100):
        made = one_hop(directory, "index", seed)
        verdicts = {row["verdict"] for row in made["claims"]["rows"]}
        if verdicts == {"PROVED", "REFUTED"} and made["claims"]["horizons"]:
            check(made, directory)
            return made
    raise AssertionError("no model has rows of both kinds")


def refuted(claims: Document) -> Document:
    row: Document = next(row for row in claims["rows"] if row["verdict"] == "REFUTED")
    return row


def proved(claims: Document) -> Document:
    row: Document = next(row for row in claims["rows"] if row["verdict"] == "PROVED")
    return row


CHANGES: dict[str, tuple[Any, str]] = {
    "unknown field": (lambda c: c.update(more=1), "claims: the field 'more' is unknown here"),
    "missing field": (lambda c: c.pop("rows"), "claims: the field 'rows' is missing"),
    "true for 1": (lambda c: c.update(length=True), "claims.length: an integer is expected"),
    "text for a number": (lambda c: c.update(length="4"), "claims.length: an integer"),
    "negative": (lambda c: c.update(length=-1), "claims.length: -1 is not between"),
    "large": (lambda c: c.update(length=10**12), "claims.length: 1000000000000 is not between"),
    "row twice": (lambda c: c["rows"].append(c["rows"][0]), "it stands there twice"),
    "horizon twice": (lambda c: c["horizons"].append(c["horizons"][0]), "it stands there twice"),
    "verdict": (lambda c: c["rows"][0].update(verdict="SURE"), "one of PROVED, REFUTED, UNDECIDED"),
    "witness of a proof": (lambda c: proved(c).update(witness=[0]), "PROVED has none"),
    "no witness": (lambda c: refuted(c).pop("witness"), "has a rival, a witness and a margin"),
    "positive margin": (lambda c: refuted(c).update(margin=1.0), "margin: 1.0 is not between"),
    "horizon above all": (lambda c: c["horizons"][0].update(longest=7), "to which horizons were"),
    "arithmetic": (lambda c: c.update(arithmetic="float8"), "one of real, real+float32"),
    "no horizons": (lambda c: c.pop("horizons"), "the field 'horizons' is missing"),
    "place of a proof": (
        lambda c: c["proofs"].append(
            {"query": 3, "answer": 0, "rival": 1, "length": 4, "place": -1, "nodes": ["input"]}
        ),
        "place: -1 is not between",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_document_of_another_form(name: str, document: Document, directory: Path) -> None:
    change, reason = CHANGES[name]
    with pytest.raises(Malformed, match=r"certificate\.json: ") as refused:
        check(altered(document, change), directory)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "truncated or not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"format": "ropeproof certificate", "format": 1}', "'format' stands twice"),
        ('{"seconds": NaN}', "NaN is not a number in JSON"),
        ('{"length": 1e999}', "larger than a float can be"),
        ('{"length": ' + "9" * 400 + "}", "more than 16 digits"),
        ("[1, 2]", "an object is expected here"),
        ('{"format": "ropeproof certificate"}', "the field 'version' is missing"),
        ('{"checkpoint_sha256": "", "rows": []}', "no certificate of this form"),
        ("\udcff", "truncated or not valid JSON"),
    ],
)
def test_text_that_is_no_certificate(text: str, reason: str, directory: Path) -> None:
    file = directory / "text.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(Malformed, match=r"text\.json") as refused:
        recheck(file, directory)
    assert reason in str(refused.value)


def test_a_seal_that_is_not_of_the_rest(document: Document, directory: Path) -> None:
    row = document["claims"]["rows"].index(refuted(document["claims"]))
    changed = put(document, ("claims", "rows", row, "margin"), lambda margin: margin * 2)
    with pytest.raises(Malformed, match="seal: it is not the seal of the rest"):
        check(changed, directory, sealed=False)


def test_files_that_are_not_there(document: Document, directory: Path, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="none"):
        recheck(directory / "none", directory)
    with pytest.raises(Malformed, match="not a file"):
        recheck(directory, directory)
    check(document, directory)
    with pytest.raises(Malformed, match=r"config\.json"):
        recheck(directory / "certificate.json", tmp_path / "nowhere")


CONFIGS: dict[str, tuple[Any, str]] = {
    "width": (lambda c: c.update(n_embd=7), "has the shape"),
    "epsilon": (lambda c: c.update(layer_norm_epsilon=7), "layer_norm_epsilon"),
    "no epsilon": (lambda c: c.update(layer_norm_epsilon=0), "layer_norm_epsilon"),
    "rotary": (lambda c: c.update(rotary_dim=-2), "rotary_dim"),
    "odd rotary": (lambda c: c.update(rotary_dim=3), "rotary_dim"),
    "tied": (lambda c: c.update(tie_word_embeddings=True), "tie_word_embeddings"),
    "activation": (lambda c: c.update(activation_function="relu"), "activation_function"),
    "kind": (lambda c: c.update(model_type="llama"), "model_type"),
    "vocabulary": (lambda c: c.update(vocab_size=5), "tokens"),
    "huge": (lambda c: c.update(vocab_size=10**6), "vocab|tokens"),
    "inner": (lambda c: c.update(n_inner=4), "shape"),
    "layers": (lambda c: c.update(n_layer=2), "missing"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_of_another_model(name: str, tmp_path: Path) -> None:
    document = one_hop(tmp_path, "index", 1)
    change, reason = CONFIGS[name]
    config = json.loads((tmp_path / "config.json").read_text())
    change(config)
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(Malformed, match=reason):
        check(document, tmp_path)


@pytest.mark.parametrize("name", ["extra", "rows", "type", "nan", "cut"])
def test_weights_of_another_model(name: str, tmp_path: Path) -> None:
    document = one_hop(tmp_path, "index", 1)
    file = tmp_path / "model.safetensors"
    weights = dict(safetensors.numpy.load_file(file))
    head = weights["lm_head.weight"]
    match name:
        case "extra":
            weights["more"] = np.zeros(3, dtype="f4")
        case "rows":
            weights["lm_head.weight"] = np.vstack([head, head[:1]])
        case "type":
            weights["lm_head.weight"] = head.astype("f8")
        case "nan":
            weights["lm_head.bias"] = np.full_like(weights["lm_head.bias"], np.nan)
    safetensors.numpy.save_file(weights, file)
    if name == "cut":
        file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(Malformed, match=r"model\.safetensors"):
        check(document, tmp_path)


@pytest.mark.parametrize(
    "tokens",
    [
        ["a", "b", None, 1, 2],
        ["a", "b", None, 1, 1, 3],
        ["a", "b", None, 1, True, 3],
        ["a", "b", None, 1, ["a", "b"], 3],
        ["a", "b", None, 1, -2, 3],
        [None] * 6,
    ],
)
def test_a_task_of_another_vocabulary(tokens: list[Any], tmp_path: Path) -> None:
    document = one_hop(tmp_path, "index", 1)
    task = json.loads((tmp_path / "task.json").read_text())
    (tmp_path / "task.json").write_text(json.dumps({**task, "tokens": tokens}))
    with pytest.raises(Malformed, match=r"task\.json"):
        check(document, tmp_path)


def test_another_file_of_the_same_form(document: Document, tmp_path: Path) -> None:
    """Each of the three files is bound to the certificate."""
    made = one_hop(tmp_path, "index", 1)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "layer_norm_epsilon": 0.02}))
    with pytest.raises(Rejected, match=r"another checkpoint: config\.json"):
        check(made, tmp_path)
    made = one_hop(tmp_path, "index", 1)
    task = json.loads((tmp_path / "task.json").read_text())
    swapped = [*task["tokens"][1::-1], *task["tokens"][2:]]
    (tmp_path / "task.json").write_text(json.dumps({**task, "tokens": swapped}))
    with pytest.raises(Rejected, match=r"another checkpoint: task\.json"):
        check(made, tmp_path)
    made = one_hop(tmp_path, "index", 1)
    write(tmp_path, tiny.checkpoint("index", 2, True, 0.4, 6))
    with pytest.raises(Rejected, match=r"another checkpoint: model\.safetensors"):
        check(made, tmp_path)
