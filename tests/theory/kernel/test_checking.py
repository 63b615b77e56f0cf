"""The kernel accepts a proof of the generated statement, and nothing else."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import sympy as sp

from theory.claim import Claim
from theory.kernel import assumptions, checking, library, scripts
from theory.kernel.checking import Aim, check
from theory.kernel.coqc import Compilation, Coq, Limits, compile_file
from theory.kernel.library import BrokenLibrary
from theory.kernel.statement import statement

x = sp.Symbol("x", real=True)
square = statement("square", Claim(conclusion=sp.Ge(x**2, 0, evaluate=False)))
wrong = statement("wrong", Claim(conclusion=sp.Gt(x**2, 0, evaluate=False)))
ill = statement("ill", Claim(conclusion=sp.Ge(1 / x**2, 0, evaluate=False)))

HEAD = "From Coq Require Import Lra.\nFrom ropeproof Require Import prelude.\n"
STATEMENT = "From ledger Require Import Statement.\n"
SENSE = "Theorem makes_sense : sense.\nProof. exact I. Qed.\n"
HOLDS = "Theorem holds : sentence.\nProof. intros x. apply Rle_ge, pow2_ge_0. Qed.\n"
PROOF = f"{HEAD}{STATEMENT}{HOLDS}{SENSE}"


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for compiled statements."""
    return tmp_path_factory.mktemp("statements")


@pytest.fixture(autouse=True)
def statements_compiled_once(statements: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let scripts stand on the compiled file of their statement that another test left."""

    def compiled(
        coq: Coq, file: Path, rooms: Sequence[tuple[Path, str]], limits: Limits
    ) -> Compilation:
        if file.name != "Statement.v":
            return compile_file(coq, file, rooms, limits)
        kept = statements / library.digest(file.read_text())
        if kept.is_dir():
            shutil.copytree(kept, file.parent, dirs_exist_ok=True)
            return Compilation(obstacle="", output="", seconds=0.0)
        ended = compile_file(coq, file, rooms, limits)
        if not ended.obstacle:
            shutil.copytree(file.parent, kept)
        return ended

    monkeypatch.setattr(checking, "compile_file", compiled)


def test_a_proof_is_accepted_and_its_axioms_are_named(coq: Coq) -> None:
    outcome = check(coq, square, PROOF)
    assert outcome.shown, outcome
    assert set(outcome.assumed) <= assumptions.CLASSICAL_REALS
    assert outcome.assumed


def test_the_same_script_does_not_show_a_false_neighbour(coq: Coq) -> None:
    outcome = check(coq, wrong, PROOF)
    assert not outcome.shown
    assert outcome.obstacle.startswith("Script.v, line 5")


def test_a_falsehood_is_refuted_by_its_negation(coq: Coq) -> None:
    refutation = (
        f"{HEAD}{STATEMENT}Theorem fails : ~ sentence.\n"
        f"Proof. intros H. specialize (H 0). lra. Qed.\n{SENSE}"
    )
    assert check(coq, wrong, refutation, Aim.FAILS).shown
    assert not check(coq, wrong, refutation, Aim.HOLDS).shown
    assert not check(coq, square, refutation, Aim.FAILS).shown


def test_a_sentence_whose_terms_mean_nothing_is_not_shown(coq: Coq) -> None:
    proof = (
        f"{HEAD}{STATEMENT}Theorem holds : sentence.\nProof. intros x. unfold Rdiv. "
        "apply Rle_ge. rewrite Rmult_1_l. destruct (Req_dec (x ^ 2) 0) as [E|E].\n"
        "- rewrite E, Rinv_0. lra.\n- left. apply Rinv_0_lt_compat. nra. Qed.\n"
    )
    outcome = check(coq, ill, proof.replace("Lra.", "Lra Psatz.") + SENSE)
    assert outcome.obstacle.startswith("Script.v, line 9")


RESTATED = f"{HEAD}Definition sentence : Prop := True.\nDefinition sense : Prop := True.\n"


@pytest.mark.parametrize(
    ("script", "obstacle"),
    [
        (
            PROOF.replace("apply Rle_ge, pow2_ge_0. Qed", "Admitted"),
            "the script holds the word Admitted",
        ),
        (f"{HEAD}{STATEMENT}Axiom holds : sentence.\n{SENSE}", "the script holds the word Axiom"),
        (PROOF + 'Declare ML Module "x".', "the script holds the word Declare"),
        (PROOF + "Unset Guard Checking.", "the script holds the word Unset"),
        (f"{HEAD}{STATEMENT}Hypothesis holds : sentence.\n{SENSE}", "it assumes Script.holds"),
        (f"{HEAD}{STATEMENT}Variable holds : sentence.\n{SENSE}", "it assumes Script.holds"),
        (f"{RESTATED}Theorem holds : sentence.\nProof. exact I. Qed.\n{SENSE}", "Certified.v"),
        (f"{HEAD}{STATEMENT}{SENSE}", "Certified.v"),
        (
            PROOF.replace(STATEMENT, f"{STATEMENT}From Coq Require Import ClassicalEpsilon.\n")
            + "Theorem holds' : sentence.\nProof. exact holds. Qed.\n",
            "",
        ),
    ],
)
def test_what_a_script_may_not_do(coq: Coq, script: str, obstacle: str) -> None:
    outcome = check(coq, wrong if obstacle else square, script)
    assert outcome.obstacle.startswith(obstacle), outcome
    assert outcome.shown == (not obstacle)


def test_an_axiom_beyond_the_list_is_named(coq: Coq) -> None:
    script = (
        f"{HEAD}From Coq Require Import ClassicalEpsilon.\n{STATEMENT}"
        "Theorem holds : sentence.\nProof. intros x.\n"
        "destruct (constructive_indefinite_description (fun y : R => y = 0)).\n"
        f"{{ exists 0. reflexivity. }}\napply Rle_ge, pow2_ge_0. Qed.\n{SENSE}"
    )
    outcome = check(coq, square, script)
    assert not outcome.shown
    assert "constructive_indefinite_description" in outcome.obstacle


def test_a_script_that_runs_away_is_stopped(coq: Coq) -> None:
    endless = PROOF.replace("apply Rle_ge, pow2_ge_0", "repeat pose proof 0")
    for seconds in (3, 12, 48, 192):
        outcome = check(coq, square, endless, limits=Limits(seconds=seconds))
        if outcome.obstacle != f"Statement.v, stopped after {seconds} s":
            break  # on a busy machine the statement alone may take more than the limit
    assert outcome.obstacle == f"Script.v, stopped after {seconds} s"


def test_a_script_that_eats_memory_is_stopped(coq: Coq) -> None:
    hungry = PROOF.replace(
        "apply Rle_ge, pow2_ge_0", "let l := eval vm_compute in (seq 0 (Nat.pow 10 8)) in idtac"
    ).replace("prelude.", "prelude.\nFrom Coq Require Import List.")
    outcome = check(coq, square, hungry, limits=Limits(seconds=100, mebibytes=900))
    assert not outcome.shown
    assert "stopped" not in outcome.obstacle


def test_a_library_file_that_is_not_there_is_named(coq: Coq) -> None:
    with pytest.raises(BrokenLibrary, match=r"no file nowhere\.v"):
        check(
            coq,
            square,
            PROOF.replace("Import prelude.", "Import prelude nowhere."),
        )


def test_files_are_left_where_they_are_asked_for(coq: Coq, tmp_path: Path) -> None:
    check(coq, square, PROOF, keep=tmp_path / "here")
    assert (tmp_path / "here" / "Certified.vo").is_file()


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        ("Closed under the global context\n", ()),
        ("Axioms:\na.b : nat\nc :\n  forall x,\n  x = x\n", ("a.b", "c")),
        ("", ("nothing was printed",)),
        ("Axioms:\nf is assumed to be guarded.\n", ("f is assumed to be guarded.",)),
        ("Section Variables:\nx : nat\n", ("Section Variables:\nx : nat",)),
    ],
)
def test_what_is_assumed_is_read_strictly(printed: str, names: tuple[str, ...]) -> None:
    assert assumptions.read(printed) == names


def test_words_are_forbidden_in_comments_too() -> None:
    assert scripts.forbidden_words("(* no Axiom, admit *)") == ("Axiom", "admit")
    assert scripts.forbidden_words("admitted_lemma axiomatic Set") == ()
