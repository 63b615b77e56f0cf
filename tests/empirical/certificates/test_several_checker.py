"""Certificates of several heads hold as written, and no longer once any part of them is altered."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from empirical.certificates.one_layer.prover import certify
from empirical.certificates.several_heads import branch_and_bound
from empirical.certificates.several_heads.prover import SeveralProver
from empirical.files import checkpoint
from empirical.recheck.one_head import recheck
from tests.empirical.certificates import tiny
from tests.empirical.certificates.test_checker import Certificate, numbers, rejected


def make(path: Path, task: str, seed: int, biases: bool, heads: int) -> Certificate:
    """A checkpoint on disk and its certificate."""
    made = tiny.checkpoint(task, seed, biases, 0.4 if seed % 2 else 0.15, 2, heads)
    assert made.task is not None
    checkpoint.write(path, made.config, made.weights, made.task, {})
    found = checkpoint.read(path)
    return certify(SeveralProver(found, 10.0), found.sha256, 4, 6, lambda done, total: None)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def certificate(directory: Path) -> Certificate:
    """One whose trees have leaves of all kinds, along a direction."""
    made = make(directory, "index", 3, True, 2)
    assert all(part in json.dumps(made["proofs"]) for part in ("direction", "at", "place", "input"))
    return made


@pytest.mark.parametrize("task", sorted(tiny.TASKS))
@pytest.mark.parametrize("heads", [2, 3])
def test_certificates_hold(task: str, heads: int, tmp_path: Path) -> None:
    proved = 0.0
    for seed in range(4):
        made = make(tmp_path, task, seed, seed % 3 > 0, heads)
        proved += made["proved_fraction"]
        file = tmp_path / "certificate.json"
        file.write_text(json.dumps(made))
        recheck(file, tmp_path)
    assert proved > 0


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """All nodes of all trees."""
    if isinstance(value, dict | list):
        yield from [value] if isinstance(value, dict) else []
        for part in value.values() if isinstance(value, dict) else value:
            yield from nodes(part)


def test_every_altered_number_of_a_proof_is_rejected(
    certificate: Certificate, directory: Path
) -> None:
    paths = list(numbers(certificate["proofs"]))
    assert len(paths) > 40
    for path in paths:
        if "multipliers" in path or path[-1] == "at":  # others may do as well
            continue
        changed = copy.deepcopy(certificate)
        place: Any = changed["proofs"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] += -5 if "ratios" in path and path[-2] == 1 else 5
        rejected(changed, directory)


def test_altered_multipliers_and_cuts(certificate: Certificate, directory: Path) -> None:
    for key, wanted in (("multipliers", "leaf does not hold"), ("at", "cut outside")):
        changed = copy.deepcopy(certificate)
        for node in nodes(changed["proofs"]):
            if key in node:
                node[key] = 1e3 if key == "at" else [1e3]
        assert wanted in rejected(changed, directory)


@pytest.mark.parametrize("part", ["parts", "below", "above", "tree", "input"])
def test_a_dropped_leaf(certificate: Certificate, directory: Path, part: str) -> None:
    changed = copy.deepcopy(certificate)
    node = next(node for node in nodes(changed["proofs"]) if part in node)
    if part in ("parts", "input"):
        node[part] = node[part][1:]
    else:
        del node[part]
    rejected(changed, directory)


def test_a_dropped_proof(certificate: Certificate, directory: Path) -> None:
    assert "PROVED is not shown again" in rejected({**certificate, "proofs": []}, directory)
    changed = copy.deepcopy(certificate)
    changed["proofs"][0]["trees"] *= 2
    assert "not of the known form" in rejected(changed, directory)
    changed["proofs"][0]["rival"] = changed["proofs"][0]["answer"]
    assert "not of a row of the task" in rejected(changed, directory)


def test_flipped_verdicts(certificate: Certificate, directory: Path) -> None:
    rows = certificate["rows"]
    for verdict, wanted in (("REFUTED", "PROVED is not shown"), ("PROVED", "not answered wrongly")):
        at = next(i for i, row in enumerate(rows) if row["verdict"] == verdict)
        flipped = copy.deepcopy(certificate)
        row = flipped["rows"][at]
        if verdict == "REFUTED":
            row |= {"verdict": "PROVED", "rival": None, "witness": None, "witness_margin": None}
        else:
            witness = [0] * 4
            witness[-1], witness[-1 - row["distance"]] = row["query"], row["answer"]
            row |= {"verdict": "REFUTED", "rival": 1 - row["answer"], "witness": witness}
            row |= {"witness_margin": -1.0}
        proved = sum(row["verdict"] == "PROVED" for row in flipped["rows"])
        flipped["proved_fraction"] = proved / len(rows)
        assert wanted in rejected(flipped, directory)


def test_another_checkpoint_or_claim(
    certificate: Certificate, directory: Path, tmp_path: Path
) -> None:
    make(tmp_path, "index", 101, True, 2)
    assert "another checkpoint" in rejected(certificate, tmp_path)
    claimed = {**certificate, "arithmetic": "real+float32"}
    assert "another task or arithmetic" in rejected(claimed, directory)


def test_a_prover_with_a_mistake_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that believes any bound above minus one."""
    search = branch_and_bound._Search
    monkeypatch.setattr(search, "slack", lambda self, _: -1.0 * self.heaviest)
    monkeypatch.setattr(search, "_refutes", lambda self, _: False)
    for seed in range(10):
        made = make(tmp_path, "index", seed, True, 2)
        if made["proofs"]:
            assert rejected(made, tmp_path)
            return
    raise AssertionError("nothing was believed")
