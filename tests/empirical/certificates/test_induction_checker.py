"""The second checker of induction proves nothing false, and rejects whatever was altered."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import ctx

from empirical.certificates.induction.prover import InductionProver
from empirical.certificates.one_layer.prover import seal
from empirical.files import checkpoint
from empirical.recheck.induction_paths import Ending, Reach
from empirical.recheck.induction_tables import Circuit, Contexts
from empirical.recheck.one_head import recheck
from empirical.recheck.tables import Rejected
from tests.empirical.certificates import planted

Certificate = dict[str, Any]
Change = Callable[[Certificate], object]
TOKENS, LENGTH = 4, 5


def write(path: Path, noise: float, seed: int = 0) -> checkpoint.Checkpoint:
    """A planted circuit on disk."""
    made = planted.circuit(TOKENS, seed, noise)
    assert made.task is not None
    checkpoint.write(path, made.config, made.weights, made.task, {})
    return checkpoint.read(path)


def certify(found: checkpoint.Checkpoint, length: int = LENGTH) -> Certificate:
    prover = InductionProver(found)
    return prover.certify(prover.contexts(length), lambda done, total: None)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def certificate(directory: Path) -> Certificate:
    made = certify(write(directory, 0.08))
    assert {row["verdict"] for row in made["rows"]} == {"PROVED", "REFUTED", "UNDECIDED"}
    return made


def checked(certificate: Certificate, directory: Path, *, sealed: bool = True) -> None:
    """Check a certificate, sealed anew or not."""
    if sealed:
        content = {key: value for key, value in certificate.items() if key != "seal"}
        certificate = {**content, "seal": seal(content)}
    file = directory / "certificate.json"
    file.write_text(json.dumps(certificate))
    recheck(file, directory)


def first(certificate: Certificate, verdict: str) -> Certificate:
    row: Certificate = next(row for row in certificate["rows"] if row["verdict"] == verdict)
    return row


def flip(certificate: Certificate, verdict: str) -> None:
    """Call a row PROVED, and count it."""
    blank = {"verdict": "PROVED", "rival": None, "witness": None, "witness_margin": None}
    first(certificate, verdict).update(blank)
    count(certificate)


def refute(certificate: Certificate) -> None:
    """Call a row REFUTED, with an input that is answered rightly."""
    row = first(certificate, "PROVED")
    before, query, answer = row["previous"], row["query"], row["answer"]
    witness = [query, answer, answer, before, query]
    rival = next(c for c in range(TOKENS) if c != answer)
    row.update({"verdict": "REFUTED", "rival": rival, "witness": witness, "witness_margin": -1.0})
    count(certificate)


def count(certificate: Certificate) -> None:
    """Let the share of proved rows be right, and the accuracy claim nothing."""
    proved = sum(row["verdict"] == "PROVED" for row in certificate["rows"])
    certificate["proved_fraction"] = proved / len(certificate["rows"])
    certificate["accuracy"]["lower"] = 0


@pytest.mark.parametrize(("noise", "seed", "length"), [(0.01, 0, 3), (0.05, 1, 6), (0.2, 3, 5)])
def test_certificates_hold(noise: float, seed: int, length: int, tmp_path: Path) -> None:
    checked(certify(write(tmp_path, noise, seed), length), tmp_path)


ALTERED: dict[str, tuple[Change, str]] = {
    "refuted as proved": (lambda c: flip(c, "REFUTED"), "PROVED is not shown again"),
    "undecided as proved": (lambda c: flip(c, "UNDECIDED"), "PROVED is not shown again"),
    "proved as refuted": (refute, "not answered wrongly"),
    "fraction": (lambda c: c.update(proved_fraction=1.0), "proved_fraction"),
    "lower": (
        lambda c: c["accuracy"].update(lower=c["accuracy"]["lower"] + 1e-6),
        "above the share",
    ),
    "upper": (lambda c: c["accuracy"].update(upper=0.99), "upper bound"),
    "distribution": (lambda c: c["accuracy"].update(distribution="any"), "of other inputs"),
    "row gone": (lambda c: c["rows"].pop(), "groups of length"),
    "row twice": (lambda c: c["rows"].append(c["rows"][0]), "groups of length"),
    "length": (lambda c: c.update(length=3), "groups of length"),
    "short": (lambda c: c.update(length=2), "no input of its length"),
    "arithmetic": (lambda c: c.update(arithmetic="real+float32"), "another arithmetic"),
    "horizon": (lambda c: c.update(horizon={"0": 9}), "not certified of induction"),
    "margin": (
        lambda c: first(c, "REFUTED").update(
            witness_margin=first(c, "REFUTED")["witness_margin"] * 1.001
        ),
        "margin of the witness",
    ),
    "witness": (lambda c: first(c, "REFUTED")["witness"].reverse(), "not an input of the task"),
    "rival": (lambda c: first(c, "REFUTED").update(rival=None), "rival"),
    "verdict": (lambda c: first(c, "UNDECIDED").update(verdict="SURE"), "unknown verdict"),
    "witness of a proof": (lambda c: first(c, "PROVED").update(witness=[0]), "no failure"),
    "field": (lambda c: first(c, "PROVED").pop("rival"), "fields of a row"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_what_was_altered_is_rejected(name: str, certificate: Certificate, directory: Path) -> None:
    change, reason = ALTERED[name]
    altered = copy.deepcopy(certificate)
    change(altered)
    with pytest.raises(Rejected, match=reason):
        checked(altered, directory)
    with pytest.raises(Rejected, match="altered"):
        checked(altered, directory, sealed=False)
    checked(certificate, directory)


def test_other_weights(certificate: Certificate, directory: Path, tmp_path: Path) -> None:
    clean = certify(write(tmp_path, 0.01))
    found = write(tmp_path, 0.3)
    with pytest.raises(Rejected, match="another checkpoint"):
        checked(clean, tmp_path)
    with pytest.raises(Rejected, match="PROVED is not shown again"):
        checked({**clean, "checkpoint_sha256": found.sha256}, tmp_path)
    file = directory / "short.json"
    file.write_text(json.dumps(certificate)[:-1])
    with pytest.raises(Rejected, match="cut short"):
        recheck(file, directory)


def test_nothing_false_is_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctx, "prec", 128)
    sequences = planted.inputs(TOKENS, LENGTH)
    answers, rows, seen = planted.answers(sequences), np.arange(len(sequences)), [0, 0]
    for seed, noise in enumerate((0.05, 0.1, 0.15)):
        logits = planted.run(write(tmp_path, noise, seed), sequences)["logits"]
        ahead = logits[rows, answers].copy()
        logits[rows, answers] = -np.inf
        right = ahead > logits.max(axis=1)
        reach = Reach(Contexts(Circuit(tmp_path), LENGTH))
        for previous, query in ((0, 1), (3, 2), (2, 2 - seed % 2)):
            if previous == query:
                continue
            ending = Ending(reach, previous, query)
            for answer in (token for token in range(TOKENS) if token != query):
                mine = (answers == answer) & (sequences[:, -2:] == (previous, query)).all(axis=1)
                always, proved = bool(right[mine].all()), ending.proves(answer)
                assert always or not proved
                seen[proved] += 1
    assert min(seen) > 3
