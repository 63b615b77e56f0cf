"""Certificates of several heads: the kernel shows honest ones, and no forged one."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from empirical.certificates.document import text_of
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.kernel_proofs.check_source import Numbers
from empirical.kernel_proofs.claims import claims_of
from empirical.kernel_proofs.prove import prove, written
from empirical.recheck.certificate import Certificate, Verdict, parsed_certificate
from empirical.recheck.checkpoint import read_checkpoint
from empirical.recheck.fields import parse
from tests.empirical.certificates import tiny
from tests.empirical.certificates.test_verbs import run
from tests.empirical.kernel_proofs.test_prove import (
    altered,
    claims,
    exchanged,
    failure,
    needed,
    negated,
    obstacle,
    rebound,
)
from tests.empirical.recheck.certificates import one_hop, write
from theory.kernel.coqc import Coq
from theory.refusal import Refusal

NOT_TRUE = "The term"
"""The kernel's complaint where a check does not compute to true."""


def found(path: Path, seed: int, task: str = "index") -> Certificate:
    """What the search finds of a tiny model of two heads that is written to a directory."""
    document = one_hop(path, task, seed, heads=2)
    return parsed_certificate(parse(json.dumps(document).encode(), "tiny"))


@pytest.mark.parametrize(("task", "seed"), [("index", 4), ("index", 9), ("retrieval", 11)])
def test_models_of_two_heads_are_shown_as_the_search_found_them(
    kernel: Coq, tmp_path: Path, task: str, seed: int
) -> None:
    certificate = found(tmp_path, seed, task)
    assert {row.verdict for row in claims(certificate).rows} == {Verdict.PROVED, Verdict.REFUTED}
    assert obstacle(certificate, tmp_path) == ""


def test_the_theorem_is_printed(
    kernel: Coq, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "certificate.json"
    file.write_text(text_of(found(tmp_path / "model", 4)))
    status, out, _ = run(capsys, "recheck", "--kernel", file, tmp_path / "model")
    assert status == 0, out
    assert "right_at model Index tokens 4 q a" in out
    assert "4 axioms of the classical real numbers" in out
    assert "20 of machine integers; 36 of machine floats" in out


def test_binary_integers_show_it_too(kernel: Coq, tmp_path: Path) -> None:
    proof = prove(found(tmp_path, 4), tmp_path, numbers=Numbers.BINARY_INTEGERS)
    assert proof.obstacle == ""
    assert len(proof.assumed) <= 4


def test_a_flipped_verdict_is_not_shown(kernel: Coq, tmp_path: Path) -> None:
    honest = found(tmp_path, 4)
    rows = [
        replace(row, verdict=Verdict.PROVED, refutation=None) if row.refutation else row
        for row in claims(honest).rows
    ]
    forged = replace(honest, claims=replace(claims(honest), rows=tuple(rows)))
    assert obstacle(forged, tmp_path, "Claims_").startswith("Claims_")


def test_a_right_row_is_not_refuted(kernel: Coq, tmp_path: Path) -> None:
    honest = found(tmp_path, 4)
    refuted = next(row.refutation for row in claims(honest).rows if row.refutation)
    rows = []
    for row in claims(honest).rows:
        if row.verdict is Verdict.PROVED:
            witness = (*refuted.witness[:-1], row.query)
            rival = next(c for c in range(3) if c != row.answer)
            forgery = replace(refuted, witness=witness, rival=rival)
            row = replace(row, verdict=Verdict.REFUTED, refutation=forgery)
        rows.append(row)
    forged = replace(honest, claims=replace(claims(honest), rows=tuple(rows)))
    assert obstacle(forged, tmp_path)


def test_a_horizon_one_longer_is_not_shown(kernel: Coq, tmp_path: Path) -> None:
    honest = found(tmp_path, 4)
    at = next(i for i, h in enumerate(claims(honest).horizons) if h.beyond and h.longest > 1)
    horizons = list(claims(honest).horizons)
    horizons[at] = replace(horizons[at], longest=horizons[at].longest + 1, beyond=None)
    forged = replace(honest, claims=replace(claims(honest), horizons=tuple(horizons)))
    assert obstacle(forged, tmp_path, "Claims_").startswith("Claims_")


def loud(model: Checkpoint) -> Checkpoint:
    """The second head writes the opposite, forty times as much."""
    key = "transformer.h.0.attn.out_proj.weight"
    array = model.weights[key].copy()
    array[:, array.shape[1] // 2 :] *= -40
    return replace(model, weights={**model.weights, key: array})


def another(model: Checkpoint) -> Checkpoint:
    assert model.task is not None
    return replace(model, weights=tiny.checkpoint(model.task.name, 9, True, 0.4, 2, 2).weights)


@pytest.mark.parametrize(
    ("change", "seed"), [(negated, 4), (exchanged, 4), (another, 4), (loud, 1)]
)
def test_the_same_claims_of_a_changed_model_are_not_shown(
    kernel: Coq, tmp_path: Path, change: Callable[[Checkpoint], Checkpoint], seed: int
) -> None:
    honest = found(tmp_path / "honest", seed)
    write(tmp_path / "changed", change(checkpoint.read(tmp_path / "honest")))
    forged = rebound(honest, tmp_path / "changed")
    assert obstacle(forged, tmp_path / "changed")
    with pytest.raises(Refusal, match="speaks of another checkpoint"):
        prove(honest, tmp_path / "changed")


@pytest.mark.parametrize(
    ("file", "old", "new", "fails"),
    [
        ("Claims", r"some_answers 4 4 \[.*?\]", "some_answers 4 4 []", "Proof.v"),
        ("Claims", r"at_places := \[(\d)\]", r"at_places := [\1\1]", "Claims_"),
        ("Claims", r"\((\d+), \((-?\d+)\)%Z\)\]", r"(\1, (\g<2>0000)%Z)]", "Claims_"),
        ("Claims", r"\((\d+), \((-?\d+)\)%Z\)\]", r"(\1, (-9\g<1>00000000000)%Z)]", "Claims_"),
        ("Model", "heads := 2", "heads := 3", "Claims_"),
    ],
    ids=["no answers", "wrong distance", "threshold too far", "threshold too low", "more heads"],
)
def test_altered_files_show_nothing(
    kernel: Coq, tmp_path: Path, file: str, old: str, new: str, fails: str
) -> None:
    certificate = found(tmp_path, 4)
    task = read_checkpoint(tmp_path).task
    last = written(claims_of(certificate, task), tmp_path, Numbers.MACHINE_FLOATS)
    names = [s.name for s in last.all_needed if s.name.startswith(file)]
    forged = altered(last, names[0], old, new)
    assert failure(needed(forged, fails.removesuffix(".v"))).startswith(fails)


def test_an_empty_claim_is_refused(kernel: Coq, tmp_path: Path) -> None:
    honest = found(tmp_path, 4)
    empty = replace(claims(honest), rows=(), horizons=(), horizon_searched=None)
    with pytest.raises(Refusal, match="are not those of the task"):
        prove(replace(honest, claims=empty), tmp_path)
