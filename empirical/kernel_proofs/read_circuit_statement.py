"""Reads ``Statement.v`` of two blocks back, and holds it against the certificate and the tokens.

Shares no code with what wrote it, nor with the checker: the certificate and ``task.json`` are read
as JSON, what has to be stated is worked out here, and every character is accounted for.
"""

import json
from itertools import product
from pathlib import Path

from empirical.kernel_proofs.read_back import Text
from empirical.kernel_proofs.read_statement import claims_about, held_definitions, hold_list
from theory.refusal import Refusal

HEAD = (
    "From Coq Require Import List.\nFrom ropeproof Require Import Induction.\n"
    "From made Require Import Model.\nImport ListNotations.\nOpen Scope nat_scope.\n"
)
MEANING = {
    "Sums": "f7e1cba8151185c7e92230165ccba10189c5bd5d8c2dddc560fcae6d1868eabc",
    "Attention": "7d11d446e1267c13a59a7368bddaf6347a8440c313d8b99550c3f3f5cb577b4d",
    "GPTJ": "5d842d4b6ef938979fdba2a556e560e9c13510217474c3e7c1f54c6d840552a1",
    "Induction": "2c115130904651719f087fdb8a66eb1f070faf0f07bf4630176c5e485096c9a9",
}
"""sha256 of the definitions that the statement stands on, as they were read and tested."""


def hold_circuit_meaning() -> int:
    """Compare the definitions under the statement with those that were read and tested.

    Returns:
        How many files agree.

    Raises:
        Refusal: one differs.
    """
    return held_definitions(MEANING)


def hold_circuit_statement_against(text: str, certificate: str, directory: Path) -> int:
    """Compare a ``Statement.v`` with a certificate, and the certificate's files with a directory.

    Args:
        text: of ``Statement.v``.
        certificate: the text of the certificate.
        directory: the checkpoint that it speaks of.

    Returns:
        How many rows are stated, one by one or by a statement about all inputs.

    Raises:
        Refusal: it states something else, something is left out or added, or nothing is stated.
    """
    claims = claims_about(certificate, directory)
    size = len(json.loads((directory / "task.json").read_text())["tokens"])
    length = claims["length"]
    every = {(b, q, a) for b, q, a in product(range(size), repeat=3) if q not in (a, b)}
    listed = [(row["previous"], row["query"], row["answer"]) for row in claims["rows"]]
    if length < 4 or sorted(listed) != sorted(every):
        raise Refusal("rows of the certificate are not those of induction: certify again")
    right = {
        (row["previous"], row["query"], row["answer"])
        for row in claims["rows"]
        if row["verdict"] == "PROVED"
    }
    at = Text(text, "Statement.v")
    at.skip(HEAD)
    if right == every:
        at.skip(_all_right(length))
    elif right:
        hold_list(at, "right_rows", right)
        at.skip(_rows_right(length))
    else:
        raise Refusal("Statement.v states nothing: certify the model again")
    at.end()
    return len(right)


def _all_right(length: int) -> str:
    """What has to be stated if all rows are proved."""
    return (
        "\nDefinition certified : Prop :=\n"
        f"  induction_right_up_to model {length} /\\\n"
        "  (forall b q a, b < vocab model -> q < vocab model -> a < vocab model -> b <> q -> "
        f"a <> q ->\n    induction_asked model {length} b q a).\n"
    )


def _rows_right(length: int) -> str:
    """What has to be stated of the rows that are proved."""
    return (
        "\nDefinition certified : Prop :=\n"
        f"  (forall b q a, In (b, q, a) right_rows -> induction_asked model {length} b q a\n"
        f"    /\\ induction_right_at model {length} b q a).\n"
    )
