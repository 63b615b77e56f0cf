"""What the kernel is asked to show of two blocks on induction, as a file of Coq and in words."""

from dataclasses import dataclass

from empirical.recheck.certificate import Induction, Verdict
from empirical.recheck.induction import groups
from theory.refusal import Refusal

SHORTEST = 4
"""Tokens: at three, the answer is the token before the last, and most rows are of no input."""

HEAD = """\
From Coq Require Import List.
From ropeproof Require Import Induction.
From made Require Import Model.
Import ListNotations.
Open Scope nat_scope.
"""


@dataclass(frozen=True)
class CircuitClaims:
    """What is to be shown of a model of two blocks on induction.

    Attributes:
        length: tokens of the longest inputs.
        rows: the token before the last, the last token and the answer, where the answer has the
            largest logit.
        whole: whether these are all rows that there are.
    """

    length: int
    rows: tuple[tuple[int, int, int], ...]
    whole: bool

    def endings(self) -> dict[tuple[int, int], list[int]]:
        """By the last two tokens, the answers of the rows."""
        answers: dict[tuple[int, int], list[int]] = {}
        for previous, query, answer in self.rows:
            answers.setdefault((previous, query), []).append(answer)
        return answers


def circuit_claims(content: Induction, tokens: int) -> CircuitClaims:
    """What the kernel is asked to show of a certificate of induction: its rows that are PROVED.

    Args:
        content: of the certificate.
        tokens: of the model.

    Raises:
        Refusal: inputs are too short, its rows are not those of the task, or none is PROVED.
    """
    if content.length < SHORTEST:
        raise Refusal(
            f"the kernel is asked about induction from {SHORTEST} tokens on, not {content.length}: "
            f"certify --length {SHORTEST}"
        )
    every = {(row.previous, row.query, row.answer) for row in content.rows}
    if every != set(groups(tokens, content.length)):
        raise Refusal(
            f"the rows of the certificate are not those of the task at {content.length} tokens: "
            "certify the model again"
        )
    proved = tuple(
        (row.previous, row.query, row.answer)
        for row in content.rows
        if row.verdict is Verdict.PROVED
    )
    if not proved:
        raise Refusal("no row of the certificate is PROVED: there is nothing to ask the kernel")
    return CircuitClaims(content.length, proved, len(proved) == len(content.rows))


def circuit_statement(claims: CircuitClaims, most: int | None = None) -> str:
    """The text of ``Statement.v``.

    Args:
        claims: what is claimed.
        most: how many rows are shown; none: all. A list that is cut short is no Coq.
    """
    length = claims.length
    if claims.whole:
        return f"""{HEAD}
Definition certified : Prop :=
  induction_right_up_to model {length} /\\
  (forall b q a, b < vocab model -> q < vocab model -> a < vocab model -> b <> q -> a <> q ->
    induction_asked model {length} b q a).
"""
    rows = claims.rows[:most]
    entries = [f"({b}, {q}, {a})" for b, q, a in rows]
    lines = ["; ".join(entries[at : at + 8]) for at in range(0, len(entries), 8)]
    left_out = len(claims.rows) - len(rows)
    more = f"; … {left_out} more" if left_out else ""
    body = ";\n   ".join(lines) + more
    return f"""{HEAD}
Definition right_rows : list (nat * nat * nat) :=
  [{body}].

Definition certified : Prop :=
  (forall b q a, In (b, q, a) right_rows -> induction_asked model {length} b q a
    /\\ induction_right_at model {length} b q a).
"""


def circuit_in_words(claims: CircuitClaims, name: str) -> list[str]:
    """The same in sentences of English.

    Args:
        claims: what is claimed.
        name: of the model.
    """
    first = f"{name}, as the real-number function of its stored weights:"
    above = "the logit of the token that followed it there is above that of every other class"
    once = "whose last token occurred exactly once before, two places back or earlier"
    if claims.whole:
        return [first, f"On every input of 3 to {claims.length} tokens {once}, {above}."]
    rows = f"{len(claims.rows)} triples of the last two tokens and the answer"
    return [first, f"On every input of {claims.length} tokens {once}, of {rows}, {above}."]
