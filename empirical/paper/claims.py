"""The sentences of the ledger as the paper prints them: in words, as mathematics, and raw."""

from typing import Any

from empirical.paper.numbers import Ledger
from empirical.paper.typst_math import hypotheses, typst
from theory.claim import Claim
from theory.ledger import find


def claims(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """By name, everything ``theorem.typ`` prints of a sentence.

    ``text`` is the sentence exactly as the engines read it, ``reduction`` the sentence in reals
    alone that stands for it, if there is one; ``given`` and ``conclusion`` are equations.
    """
    found = {}
    for row in ledger:
        (theorem,) = find([row["name"]])
        claim = theorem.claim
        shown = [verb for verb, e in row["engines"].items() if e["verdict"] == row["verdict"]]
        found[row["name"]] = {
            **{key: row[key] for key in ("name", "group", "statement", "source", "verdict")},
            **{key: row[key] for key in ("scope", "witness", "replaced_by", "tightness")},
            "trusts": ", ".join(row["trusts"]),
            "engines": [verb for verb in shown if verb != "sample"],
            "neighbours": len(theorem.neighbours),
            **_printed(claim),
            "reduction": claim.reduction and _printed(claim.reduction),
        }
    return found


def _printed(claim: Claim) -> dict[str, Any]:
    return {
        "text": str(claim),
        "given": hypotheses(claim),
        "conclusion": typst(claim.conclusion),
    }
