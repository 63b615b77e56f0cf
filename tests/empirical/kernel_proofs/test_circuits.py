"""Two blocks on induction: the kernel shows honest certificates, and no forged one."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from empirical.certificates.document import sha256_of, text_of
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.kernel_proofs.building import Source
from empirical.kernel_proofs.check_source import Numbers
from empirical.kernel_proofs.circuit_source import circuit_written
from empirical.kernel_proofs.circuit_statement import circuit_claims
from empirical.kernel_proofs.prove import circuit_held_against, prove
from empirical.kernel_proofs.read_circuit_statement import hold_circuit_statement_against
from empirical.recheck.certificate import Certificate, Induction, Verdict, parsed_certificate
from empirical.recheck.fields import parse
from tests.empirical.certificates.test_verbs import run
from tests.empirical.kernel_proofs.test_prove import altered, failure
from tests.empirical.recheck.certificates import induction, write
from theory.kernel import library
from theory.kernel.coqc import Coq, Limits, compile_file
from theory.refusal import Refusal

MEANT = """\
From Coq Require Import List Lia.
From ropeproof Require Import Induction.
Import ListNotations.
Definition word (l : list nat) (p : nat) : nat := nth p l 9.
Ltac each r := do 5 (destruct r as [|r]; [cbn in *; try lia|]); cbn in *; try lia.
Goal induction_asks 3 4 (word [1; 2; 0; 1]) 2.
Proof.
  split; [intros p H; each p|]. exists 0. cbn. repeat split; try lia. intros r H N. each r.
Qed.
Goal ~ induction_asks 3 4 (word [1; 2; 0; 1]) 0.  (* another token followed *)
Proof. intros (_ & p & H & E & A & O). each p. Qed.
Goal forall a, ~ induction_asks 3 4 (word [1; 1; 0; 1]) a.  (* it has occurred twice *)
Proof.
  intros a (_ & p & H & E & A & O). pose proof (O 0). pose proof (O 1). each p.
Qed.
Goal forall a, ~ induction_asks 3 4 (word [0; 2; 1; 1]) a.  (* just before *)
Proof. intros a (_ & p & H & E & A & O). each p. Qed.
Goal forall a, ~ induction_asks 2 4 (word [1; 2; 0; 1]) a.  (* a token that is none *)
Proof. intros a (R & _). pose proof (R 1). cbn in *. lia. Qed.
"""
"""What induction asks for, and four inputs that ask for something else or for nothing."""


def found(path: Path, noise: float, length: int = 4) -> Certificate:
    """What the search finds of a planted circuit that is written to a directory."""
    document = induction(path, noise, length=length)
    return parsed_certificate(parse(json.dumps(document).encode(), "planted"))


def claims(certificate: Certificate) -> Induction:
    assert isinstance(certificate.claims, Induction)
    return certificate.claims


def asked(certificate: Certificate, directory: Path) -> Source:
    """The last of the files for a certificate."""
    model = checkpoint.read(directory)
    content = circuit_claims(claims(certificate), model.config.vocab_size)
    return circuit_written(content, model)


def flipped(certificate: Certificate) -> Certificate:
    """The same with its rows that are REFUTED said to be PROVED."""
    rows = [
        replace(row, verdict=Verdict.PROVED, refutation=None) if row.refutation else row
        for row in claims(certificate).rows
    ]
    assert rows != list(claims(certificate).rows)
    return replace(certificate, claims=replace(claims(certificate), rows=tuple(rows)))


def test_induction_asks_what_is_meant(kernel: Coq, tmp_path: Path) -> None:
    file = tmp_path / "Meant.v"
    file.write_text(MEANT)
    ended = compile_file(kernel, file, library.compiled(kernel, MEANT), Limits())
    assert not ended.obstacle, ended.obstacle


def test_a_circuit_is_shown_and_its_theorem_is_printed(
    circuits: Coq, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "certificate.json"
    file.write_text(text_of(found(tmp_path / "model", 0.01)))
    status, out, _ = run(capsys, "recheck", "--kernel", file, tmp_path / "model")
    assert status == 0, out
    assert "On every input of 3 to 4 tokens" in out
    assert "induction_right_up_to model 4" in out
    assert "20 of machine integers; 36 of machine floats" in out


def test_rows_are_shown_and_a_flipped_verdict_is_not(circuits: Coq, tmp_path: Path) -> None:
    honest = found(tmp_path, 0.05)
    assert {row.verdict for row in claims(honest).rows} == {Verdict.PROVED, Verdict.REFUTED}
    assert failure(asked(honest, tmp_path).needs) == ""
    assert failure(asked(flipped(honest), tmp_path).needs).startswith("Claims_")


def layers_exchanged(model: Checkpoint) -> Checkpoint:
    """The first block is the second, and the second the first."""
    other = {"transformer.h.0.": "transformer.h.1.", "transformer.h.1.": "transformer.h.0."}
    weights = {other.get(name[:16], name[:16]) + name[16:]: w for name, w in model.weights.items()}
    return replace(model, weights=weights)


def test_the_same_claims_of_exchanged_layers_are_not_shown(circuits: Coq, tmp_path: Path) -> None:
    honest = found(tmp_path / "honest", 0.01)
    write(tmp_path / "changed", layers_exchanged(checkpoint.read(tmp_path / "honest")))
    forged = replace(honest, files=sha256_of(tmp_path / "changed"))
    assert failure(asked(forged, tmp_path / "changed").needs).startswith("Claims_")
    with pytest.raises(Refusal, match="speaks of another checkpoint"):
        prove(honest, tmp_path / "changed")


@pytest.mark.parametrize(
    ("file", "old", "new", "fails"),
    [
        ("Claims_0", r"\(1, 0, \[1; 2; 3\]\)", "(1, 0, [1; 2])", "Proof.v"),
        ("Claims_0", r"\(1, 0, \[1; 2; 3\]\)", "(1, 0, [0; 1; 2; 3])", "Claims_0.v"),
    ],
    ids=["an answer less", "an answer that is the query"],
)
def test_altered_files_show_nothing(
    circuits: Coq, tmp_path: Path, file: str, old: str, new: str, fails: str
) -> None:
    last = asked(found(tmp_path, 0.01), tmp_path)
    assert failure(altered(last, file, old, new).needs).startswith(fails)


def test_each_changed_character_of_a_statement_is_noticed(tmp_path: Path) -> None:
    draws = random.Random(1)
    for noise in (0.01, 0.05):
        directory = tmp_path / str(noise)
        honest = found(directory, noise)
        last = asked(honest, directory)
        texts = {source.name: source.text for source in last.all_needed}
        read = circuit_held_against(texts, text_of(honest), directory)
        assert read.stated == sum(row.verdict is Verdict.PROVED for row in claims(honest).rows)
        text = texts["Statement"]
        for at in draws.sample(range(len(text)), 60):
            forged = text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
            with pytest.raises(Refusal):
                hold_circuit_statement_against(forged, text_of(honest), directory)


def test_another_layer_in_the_model_is_noticed(tmp_path: Path) -> None:
    honest = found(tmp_path, 0.01)
    texts = {source.name: source.text for source in asked(honest, tmp_path).all_needed}
    twice = texts["Model"].replace("q_proj := z_q_proj_1", "q_proj := z_q_proj")
    with pytest.raises(Refusal, match=r"Model\.v"):
        circuit_held_against({**texts, "Model": twice}, text_of(honest), tmp_path)


def test_what_the_kernel_is_not_asked_about_is_refused(tmp_path: Path) -> None:
    honest = found(tmp_path, 0.01)
    with pytest.raises(Refusal, match="leave --kernel-numbers out"):
        prove(honest, tmp_path, numbers=Numbers.BINARY_INTEGERS)
    with pytest.raises(Refusal, match="from 4 tokens on, not 3"):
        circuit_claims(replace(claims(honest), length=3), 4)
    with pytest.raises(Refusal, match="are not those of the task"):
        circuit_claims(replace(claims(honest), rows=claims(honest).rows[1:]), 4)
    undecided = tuple(replace(row, verdict=Verdict.UNDECIDED) for row in claims(honest).rows)
    with pytest.raises(Refusal, match="nothing to ask the kernel"):
        circuit_claims(replace(claims(honest), rows=undecided), 4)
