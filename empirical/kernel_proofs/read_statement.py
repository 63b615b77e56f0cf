"""Reads ``Statement.v`` back, and holds it against the certificate and the token list.

Shares no code with what wrote it, nor with the checker: the certificate and ``task.json`` are read
as JSON, what has to be stated is worked out here, and every character is accounted for.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from empirical.kernel_proofs.read_back import Text
from theory.kernel import library
from theory.refusal import Refusal

HEAD = (
    "From Coq Require Import List.\nFrom ropeproof Require Import Verdicts.\n"
    "From made Require Import Model Tokens.\nImport ListNotations.\nOpen Scope nat_scope.\n"
)
MEANING = {
    "Sums": "f7e1cba8151185c7e92230165ccba10189c5bd5d8c2dddc560fcae6d1868eabc",
    "Attention": "7d11d446e1267c13a59a7368bddaf6347a8440c313d8b99550c3f3f5cb577b4d",
    "GPTJ": "5d842d4b6ef938979fdba2a556e560e9c13510217474c3e7c1f54c6d840552a1",
    "Tasks": "b1c3274be47ca52a029f12f1c9500e40ebd2e66a856360134b055ad1a7ecc38f",
    "Verdicts": "6e00905d997fa4141e2f3c6c481de88a7ec10ea3e2dd22666efcf95f24dffaf1",
}
"""sha256 of the definitions that the statement stands on, as they were read and tested."""
TASKS = {"index": "Index", "retrieval": "Retrieval"}
Tuples = Collection[tuple[int, ...]]


def hold_meaning() -> int:
    """Compare the definitions under the statement with those that were read and tested.

    Returns:
        How many files agree.

    Raises:
        Refusal: one differs.
    """
    return held_definitions(MEANING)


def held_definitions(meaning: Mapping[str, str]) -> int:
    """Compare definitions of the library with their hashes.

    Args:
        meaning: sha256 by file.

    Returns:
        How many files agree.

    Raises:
        Refusal: one differs.
    """
    for name, digest in meaning.items():
        if hashlib.sha256(library.source(name).encode()).hexdigest() != digest:
            raise Refusal(
                f"{name}.v is not what the statements speak of: install the package again"
            )
    return len(meaning)


def claims_about(certificate: str, directory: Path) -> dict[str, Any]:
    """The claims of a certificate whose files are those of a directory.

    Args:
        certificate: its text.
        directory: the checkpoint that it speaks of.

    Raises:
        Refusal: a file differs.
    """
    document = json.loads(certificate)
    for name, digest in document["files"].items():
        if hashlib.sha256((directory / name).read_bytes()).hexdigest() != digest:
            raise Refusal(f"the certificate speaks of another {name}: name the directory it is of")
    claims: dict[str, Any] = document["claims"]
    return claims


def hold_statement_against(text: str, certificate: str, directory: Path) -> int:
    """Compare a ``Statement.v`` with a certificate, and the certificate's files with a directory.

    Args:
        text: of ``Statement.v``.
        certificate: the text of the certificate.
        directory: the checkpoint that it speaks of.

    Returns:
        How many rows and horizons are stated, one by one or by a statement about all of a length.

    Raises:
        Refusal: it states something else, something is left out or added, or nothing is stated.
    """
    claims = claims_about(certificate, directory)
    meant = _Meant(claims, json.loads((directory / "task.json").read_text()))
    at = Text(text, "Statement.v")
    at.skip(HEAD)
    for name, expected in meant.lists.items():
        hold_list(at, name, expected)
    clauses = meant.clauses()
    if not clauses:
        raise Refusal("Statement.v states nothing: certify the model again")
    at.skip("\nDefinition certified : Prop :=\n  " + " /\\\n  ".join(clauses) + ".\n")
    at.end()
    listed = sum(len(some) for name, some in meant.lists.items() if name != "asked_queries")
    return listed + meant.rows_of_whole


def hold_list(at: Text, name: str, expected: Tuples) -> None:
    """Go past a list, which has to have these entries, each once, in any order.

    Raises:
        Refusal: it has others, or something else stands there.
    """
    width = len(next(iter(expected)))
    at.skip(f"\nDefinition {name} : list ({' * '.join(['nat'] * width)}) :=\n  [")
    entries = [_entry(at, width)]
    while at.follows(";"):
        at.skip(";\n   " if at.follows(";\n") else "; ")
        entries.append(_entry(at, width))
    at.skip("].\n")
    if sorted(entries) != sorted(expected):
        raise Refusal(f"{name} of Statement.v are not those of the certificate: certify again")


def _entry(at: Text, width: int) -> tuple[int, ...]:
    if width == 1:
        return (at.integer(),)
    at.skip("(")
    numbers = [at.integer()]
    for _ in range(width - 1):
        at.skip(", ")
        numbers.append(at.integer())
    at.skip(")")
    return tuple(numbers)


class _Meant:
    """What a certificate claims, as it has to be stated.

    Attributes:
        lists: the entries of each list of ``Statement.v``, in its order; none is empty.
        rows_of_whole: rows that a statement about all inputs of a length stands for.
    """

    def __init__(self, claims: dict[str, Any], task: dict[str, Any]) -> None:
        self.task, self.tokens = task["task"], task["tokens"]
        self.length: int = claims["length"]
        if claims["arithmetic"] != "real":
            raise Refusal("the certificate is not of real arithmetic: certify without float32")
        rows, horizons = claims["rows"], claims.get("horizons", [])
        every = {(q, a) for q in self._asking(self.length) for a in self._answers(q)}
        if {(row["query"], row["answer"]) for row in rows} != every:
            raise Refusal("rows of the certificate are not those of the task: certify again")
        right = {(row["query"], row["answer"]) for row in rows if row["verdict"] == "PROVED"}
        self.rows_of_whole = len(every) if right == every else 0
        least = min((horizon["longest"] for horizon in horizons), default=0)
        self.up_to = least if least >= 2 and self._asking(least) else 0
        self.whole_length = right == every and bool(every) and self.length > self.up_to
        beyond = [(h["longest"] + 1, h["beyond"]) for h in horizons if h.get("beyond")]
        wrong = {
            (length, row["query"], row["answer"])
            for length, row in [*((self.length, row) for row in rows), *beyond]
            if row["verdict"] == "REFUTED"
        }
        lists: dict[str, Tuples] = {
            "asked_queries": {(q,) for q, _ in every} if self.whole_length else (),
            "right_rows": right if right != every else (),
            "horizons": {
                (h["query"], h["longest"])
                for h in horizons
                if h["query"] in self._asking(h["longest"])
            },
            "wrong_rows": wrong,
        }
        self.lists = {name: entries for name, entries in lists.items() if entries}

    def _asking(self, length: int) -> set[int]:
        """The tokens that, as the last of a length, ask for something."""
        return {q for q in range(len(self.tokens)) if self._asks(q, length) and self._answers(q)}

    def _asks(self, query: int, length: int) -> bool:
        token = self.tokens[query]
        if self.task == "index":
            return isinstance(token, int) and 1 <= token < length
        return isinstance(token, list) and token[0] != token[1] and length >= 2

    def _answers(self, query: int) -> list[int]:
        """The tokens that it may ask for."""
        if self.task == "index":
            return [a for a, token in enumerate(self.tokens) if isinstance(token, str)]
        asked = self.tokens[query][1]
        return [
            a
            for a, token in enumerate(self.tokens)
            if isinstance(token, list) and token[0] == asked
        ]

    def clauses(self) -> list[str]:
        """What has to be stated, in the order of ``Statement.v``."""
        task, n = TASKS[self.task], self.length
        every = f"-> asks tokens {task} n x a -> answers model n x a)"
        spelled = {
            "asked_queries": f"(forall q, In q asked_queries -> asked {task} tokens {n} q)",
            "right_rows": f"(forall q a, In (q, a) right_rows -> asked_for {task} tokens {n} q a\n"
            f"    /\\ right_at model {task} tokens {n} q a)",
            "horizons": f"(forall q h, In (q, h) horizons -> asked {task} tokens h q\n"
            f"    /\\ right_up_to model {task} tokens q h)",
            "wrong_rows": "(forall n q a, In (n, q, a) wrong_rows -> "
            f"wrong_at model {task} tokens n q a)",
        }
        whole = [f"(forall n x a, 2 <= n <= {self.up_to} {every}"] if self.up_to else []
        whole += [f"(forall n x a, n = {n} {every}"] if self.whole_length else []
        return [*whole, *(spelled[name] for name in self.lists)]
