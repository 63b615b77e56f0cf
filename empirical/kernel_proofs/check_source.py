"""The checks that the kernel runs, and the proof of the statement, as files of Coq."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from empirical.kernel_proofs.claims import Claims, Wrong
from empirical.kernel_proofs.hints import Attempt, Hint, HintLeaf, Tree
from empirical.kernel_proofs.statement import NAMES


class Numbers(StrEnum):
    """What the check computes with, by the name of its file in the kernel's library."""

    MACHINE_FLOATS = "Floats"
    MACHINE_INTEGERS = "Bigints"
    BINARY_INTEGERS = "Integers"


@dataclass(frozen=True)
class Checker:
    """The part of the kernel's library that checks a model.

    Attributes:
        numbers: what it computes with.
        heads: of the model.
    """

    numbers: Numbers
    heads: int

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{'Head' if self.heads > 1 else ''}{self.numbers}"

    @property
    def sane(self) -> str:
        """What it asks of the shape of a model."""
        return "several_sane" if self.heads > 1 else "sane"


HEAD = """\
From Coq Require Import List.
From ropeproof Require Import {checker}.
From made Require Import {made}.
Import ListNotations.
Open Scope nat_scope.
"""
ARGUMENTS = "precision model Parts.parts Parts.queries Parts.longest Parts.model_sane Parts.built"
"""Of the library's theorems about what was checked."""


def parts_source(queries: Sequence[int], longest: int, checker: Checker) -> str:
    """The text of ``Parts.v``: the tables of a model, computed once.

    Args:
        queries: last tokens of inputs.
        longest: the longest input.
        checker: what checks them.
    """
    return f"""{HEAD.format(checker=checker.file, made="Model")}
Definition queries : list nat := {_naturals(queries)}.
Definition longest : nat := {longest}.
Lemma model_sane : {checker.sane} model = true.
Proof. vm_compute. reflexivity. Qed.
Definition parts := Eval vm_compute in Checker.tables precision model queries longest.
Lemma built : Checker.tables precision model queries longest = parts.
Proof. vm_cast_no_check (eq_refl parts). Qed.
"""


def claims_source(claims: Claims, hints: dict[int, Sequence[Hint]], checker: Checker) -> str:
    """The text of a file that checks the claims of some queries.

    Args:
        claims: what is claimed.
        hints: of each of the queries.
        checker: what checks them.
    """
    places = "\n".join(
        f"Definition places_{q} := places (kind_of {NAMES[claims.task.name]} tokens {q} "
        f"{_reach(claims, q)})."
        for q in hints
    )
    checked = ";\n ".join(_claims_of(claims, q, hints[q]) for q in hints)
    return f"""{HEAD.format(checker=checker.file, made="Model Tokens")}From made Require Parts.
{places}
Definition claimed : list claims :=
 [{checked}].
Lemma checked : Checker.check precision model Parts.parts claimed = true.
Proof. vm_cast_no_check (eq_refl true). Qed.
"""


def witnesses_source(wrong: Sequence[Wrong], checker: Checker) -> str:
    """The text of ``Witnesses.v``: inputs that are answered wrongly."""
    queries = sorted({w.query for w in wrong})
    groups = ";\n ".join(
        f"({q}, [{'; '.join(_witness(w) for w in wrong if w.query == q)}])" for q in queries
    )
    return f"""{HEAD.format(checker=checker.file, made="Model")}From made Require Parts.
Definition refuted : list (nat * list refutation) :=
 [{groups}].
Lemma checked : Checker.refute precision model Parts.parts refuted = true.
Proof. vm_cast_no_check (eq_refl true). Qed.
"""


def proof_source(claims: Claims, files: Sequence[str], checker: Checker) -> str:
    """The text of ``Proof.v``: the statement, from the library's theorems and what was checked.

    Args:
        claims: what is claimed.
        files: the names of those of ``claims_source``.
        checker: what checked them.
    """
    task = NAMES[claims.task.name]
    joined = " ++ ".join([*(f"{file}.claimed" for file in files), "[]"])
    joint = "none_hold model"
    for file in reversed(files):
        of_file = f"claims_checked sound {ARGUMENTS} {file}.claimed {file}.checked"
        joint = f"both_hold model {file}.claimed _ ({of_file})\n ({joint})"
    parts = [f"exact ({part})." for part in _proofs(claims, task)]
    steps = "\n".join(f"- {part}" for part in parts) if len(parts) > 1 else parts[0]
    needed = " ".join(["Parts Statement", *files, *(["Witnesses"] if claims.wrong else [])])
    return f"""{HEAD.format(checker=checker.file, made="Model Tokens")}From made Require {needed}.
Import Checker.
Definition claimed : list claims := ({joined})%list.
Lemma hold : soundness -> forall C, List.In C claimed -> claims_hold model C.
Proof. intros sound. exact ({joint}). Qed.
Ltac computed := vm_cast_no_check (eq_refl true).
Theorem proof : soundness -> Statement.certified.
Proof.
intros sound. unfold Statement.certified. repeat match goal with |- _ /\\ _ => split end.
{steps}
Qed.
"""


def certified_source(checker: Checker) -> str:
    """The text of ``Certified.v``: what was proved is the statement, and what its proof assumes."""
    return f"""From ropeproof Require Import {checker.file}.
From made Require Statement Proof.
Definition certified : Statement.certified := Proof.proof Checker.sound.
Print Assumptions Proof.proof.
"""


def library_source(checker: Checker) -> str:
    """The text of ``Library.v``: what the library's theorems assume, which is found once."""
    return f"""From ropeproof Require Import {checker.file}.
Print Assumptions Checker.sound.
"""


def _proofs(claims: Claims, task: str) -> list[str]:
    """One term for each clause of the statement, in its order."""
    terms = []
    known = f"{task} tokens model claimed (hold sound)"
    if claims.up_to >= 2:
        terms.append(
            f"fun n x a => inputs_answered sound {known} 2 {claims.up_to} n x a ltac:(computed)"
        )
    if claims.whole_length:
        length, table = claims.length, "Statement.asked_queries ltac:(computed)"
        terms += [
            f"fun n x a E => inputs_answered sound {known} {length} {length} n x a "
            "ltac:(computed) (conj (Nat.eq_le_incl _ _ (eq_sym E)) (Nat.eq_le_incl _ _ E))",
            f"queries_ask sound {task} tokens {length} {table}",
        ]
    elif claims.right and not claims.all_right:
        rows = "Statement.right_rows ltac:(computed)"
        terms.append(f"rows_answered sound {known} {claims.length} {rows}")
    if claims.horizons:
        terms.append(f"horizons_answered sound {known} Statement.horizons ltac:(computed)")
    if claims.wrong:
        terms.append(
            f"rows_beaten sound model {task} tokens Witnesses.refuted "
            f"(refutations_checked sound {ARGUMENTS} Witnesses.refuted Witnesses.checked) "
            "Statement.wrong_rows ltac:(computed)"
        )
    return terms


def _reach(claims: Claims, query: int) -> int:
    """The longest input that is claimed to be right of a query."""
    at_length = claims.length if any(q == query for q, _ in claims.right) else 0
    return max(claims.horizons.get(query, 0), at_length)


def _claims_of(claims: Claims, query: int, hints: Sequence[Hint]) -> str:
    """The claims of one query, as ranges of lengths with their answers and hints."""
    task, horizon = NAMES[claims.task.name], claims.horizons.get(query, 0)
    ranges = []
    if horizon:
        written = _hints([h for h in hints if h.attempts[0].first <= horizon], query)
        ranges.append(f"all_answers {task} tokens 2 {horizon} {query} {written}")
    answers = [a for q, a in claims.right if q == query] if claims.length > horizon else []
    if answers:
        length = claims.length
        written = _hints([h for h in hints if h.attempts[0].first > horizon], query)
        ranges.append(f"some_answers {length} {length} {_naturals(answers)} {written}")
    return f"claims_of {task} tokens {query} {_reach(claims, query)} [{'; '.join(ranges)}]"


def _hints(hints: Sequence[Hint], query: int) -> str:
    entries = [
        f"({h.answer}, [{{| against := {h.rival}; attempts := "
        f"[{'; '.join(_attempt(a, query) for a in h.attempts)}] |}}])"
        for h in hints
    ]
    joined = ";\n  ".join(entries)
    return f"[{joined}]"


def _attempt(attempt: Attempt, query: int) -> str:
    places = f"places_{query}" if attempt.places is None else _naturals(attempt.places)
    return (
        f"{{| from := {attempt.first}; upto := {attempt.last}; at_places := {places}; "
        f"by_tree := {_tree(attempt.tree)} |}}"
    )


def _tree(tree: Tree) -> str:
    if isinstance(tree, HintLeaf):
        return f"Leaf [{'; '.join(f'({token}, ({z})%Z)' for token, z in tree.towards)}]"
    branches = "; ".join(f"({token}, {_tree(branch)})" for token, branch in tree.branches)
    return f"Split {tree.distance} [{branches}]"


def _witness(wrong: Wrong) -> str:
    refutation = wrong.refutation
    return (
        f"{{| word := {_naturals(refutation.witness)}; its_answer := {wrong.answer}; "
        f"its_rival := {refutation.rival} |}}"
    )


def _naturals(numbers: Sequence[int]) -> str:
    return f"[{'; '.join(map(str, numbers))}]"
