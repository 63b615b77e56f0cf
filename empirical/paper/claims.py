"""Prepares the sentences of the ledger for print: in words, as equations, and raw."""

from typing import Any

from empirical.paper.numbers import Ledger
from empirical.paper.typst_math import hypotheses, typst
from theory.claim import Claim
from theory.ledger import find


def claims(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """Returns by name everything that ``theorem.typ`` prints of a sentence.

    ``text`` is the sentence exactly as the engines read it; ``reduction`` is the sentence in reals
    alone that implies it, if there is one; ``given`` and ``conclusion`` are equations.

    Args:
        ledger: rows of the judged ledger.
    """
    by_name = {}
    for row in ledger:
        (theorem,) = find([row["name"]])
        claim = theorem.claim
        by_name[row["name"]] = {
            **{key: row[key] for key in ("name", "group", "statement", "source", "verdict")},
            **{key: row[key] for key in ("by", "kernel", "witness", "replaced_by", "tightness")},
            "trusts": ", ".join(row["trusts"]),
            "neighbours": len(theorem.neighbours),
            **_printed(claim),
            "reduction": claim.reduction and _printed(claim.reduction),
        }
    return by_name


def _printed(claim: Claim) -> dict[str, Any]:
    return {
        "text": str(claim),
        "given": hypotheses(claim),
        "conclusion": typst(claim.conclusion),
    }
