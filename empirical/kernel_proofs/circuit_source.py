"""The checks of two blocks on induction that the kernel runs, and the proof, as files of Coq."""

from collections import Counter
from collections.abc import Sequence

from empirical.files.checkpoint import Checkpoint
from empirical.kernel_proofs.building import Source
from empirical.kernel_proofs.circuit_statement import CircuitClaims, circuit_statement
from empirical.kernel_proofs.model_source import model_source

CIRCUIT_CHECKER = "CircuitFloats"
"""The part of the kernel's library that checks two blocks, with the machine's floats."""

ROWS = 5000
"""Rows × lengths that one file checks, about; the rows of one last token are never parted."""

HEAD = f"""\
From Coq Require Import List.
From ropeproof Require Import {CIRCUIT_CHECKER}.
From made Require Import Model.
"""
OPENED = """\
Import ListNotations.
Open Scope nat_scope.
"""


def circuit_written(claims: CircuitClaims, checkpoint: Checkpoint) -> Source:
    """The last of the files of Coq, with all that it needs.

    Args:
        claims: what is claimed.
        checkpoint: of two blocks.
    """
    model = Source("Model", model_source(checkpoint))
    statement = Source("Statement", circuit_statement(claims), (model,))
    parts = Source("Parts", _parts(claims.length), (model,))
    checks = [
        Source(f"Claims_{queries[0]}", _checked(claims, queries), (parts,))
        for queries in _groups(claims)
    ]
    names = [check.name for check in checks]
    proof = Source("Proof", _proof(claims, names), (statement, *checks))
    return Source("Certified", _certified(), (statement, proof))


def circuit_library() -> Source:
    """What the library's theorems assume, which is found once."""
    text = f"From ropeproof Require Import {CIRCUIT_CHECKER}.\nPrint Assumptions Checker.sound.\n"
    return Source("Library", text)


def _parts(longest: int) -> str:
    """The text of ``Parts.v``: what the model makes of every token after every other."""
    return f"""{HEAD}{OPENED}
Definition longest : nat := {longest}.
Lemma model_sane : circuit_sane model = true.
Proof. vm_compute. reflexivity. Qed.
Definition parts := Eval vm_compute in Checker.tables precision model longest.
Lemma built : Checker.tables precision model longest = parts.
Proof. vm_cast_no_check (eq_refl parts). Qed.
"""


def _groups(claims: CircuitClaims) -> list[list[int]]:
    """The last tokens of each file."""
    groups: list[list[int]] = []
    work = 0
    for query, rows in sorted(Counter(query for _, query, _ in claims.rows).items()):
        if not groups or work + rows * claims.length > ROWS:
            groups.append([])
            work = 0
        groups[-1].append(query)
        work += rows * claims.length
    return groups


def _checked(claims: CircuitClaims, queries: Sequence[int]) -> str:
    """The text of a file that checks the rows of some last tokens."""
    rows = ";\n  ".join(
        f"({previous}, {last}, [{'; '.join(map(str, answers))}])"
        for (previous, last), answers in claims.endings().items()
        if last in queries
    )
    return f"""{HEAD}From made Require Parts.
{OPENED}
Definition claimed : list (nat * nat * list nat) :=
 [{rows}].
Lemma checked : Checker.check precision model Parts.parts Parts.longest claimed = true.
Proof. vm_cast_no_check (eq_refl true). Qed.
"""


def _proof(claims: CircuitClaims, files: Sequence[str]) -> str:
    """The text of ``Proof.v``: the statement, from the library's theorems and what was checked."""
    joined = " ++ ".join([*(f"{file}.claimed" for file in files), "[]"])
    parts = "precision model Parts.parts Parts.longest Parts.model_sane Parts.built"
    joint = "no_endings model Parts.longest"
    for file in reversed(files):
        of_file = f"endings_checked sound {parts} {file}.claimed {file}.checked"
        joint = f"more_endings model Parts.longest {file}.claimed _ ({of_file})\n ({joint})"
    known = f"model {claims.length} claimed"
    computed = "ltac:(vm_cast_no_check (eq_refl true))"
    if claims.whole:
        term = f"""split.
- exact (inputs_answered sound {known} (hold sound) {computed}).
- intros b q a Hb Hq Ha Nb Na. apply (inputs_asked sound); try assumption.
  exact (proj1 (Nat.leb_le 4 {claims.length}) eq_refl)."""
    else:
        term = f"""exact (rows_answered sound {known} Statement.right_rows (hold sound)
  (proj1 (Nat.leb_le 4 {claims.length}) eq_refl) {computed})."""
    return f"""{HEAD}From Coq Require Import Arith.
From made Require Parts Statement {" ".join(files)}.
{OPENED}Import Checker.
Definition claimed : list (nat * nat * list nat) := ({joined})%list.
Lemma hold : soundness -> endings_hold model {claims.length} claimed.
Proof. intros sound. exact ({joint}). Qed.
Theorem proof : soundness -> Statement.certified.
Proof.
intros sound. unfold Statement.certified.
{term}
Qed.
"""


def _certified() -> str:
    """The text of ``Certified.v``: what was proved is the statement, and what its proof assumes."""
    return f"""From ropeproof Require Import {CIRCUIT_CHECKER}.
From made Require Statement Proof.
Definition certified : Statement.certified := Proof.proof Checker.sound.
Print Assumptions Proof.proof.
"""
