"""Numbers of the ledger: counts, and for each refuted sentence its witness and both sides there."""

from collections.abc import Iterator

import sympy as sp

from empirical.paper.number import Number
from empirical.paper.numbers import Ledger
from empirical.paper.typst_math import typst
from theory.claim import Claim
from theory.ledger import find

PLACES = 5


def numbers(ledger: Ledger) -> Iterator[Number]:
    """Yields ``ledger.*``, and ``NAME.SYMBOL``, ``NAME.left``, ``NAME.right`` of each witness."""
    false = [row for row in ledger if row["verdict"] == "REFUTED"]
    others = [row for row in ledger if row["verdict"] != "REFUTED"]
    rejected = [value for row in ledger for value in row["neighbours"].values()]
    for key, value in {
        "sentences": len(ledger),
        "kernel": sum(row["kernel"] for row in others),
        "engines": sum(row["verdict"] == "PROVED" and not row["kernel"] for row in others),
        "reduced": sum(row["verdict"] == "REDUCED" for row in others),
        "refuted": len(false),
        "negations": sum(row["kernel"] for row in false),
        "undecided": sum(row["verdict"] in ("UNDECIDED", "SURVIVED") for row in others),
        "neighbours": len(rejected),
        "rejected": sum(rejected),
    }.items():
        yield Number.count(f"ledger.{key}", value, "the judged ledger")
    for row in ledger:
        if row["verdict"] == "REFUTED":
            yield from _witness(row["name"], row["witness"])


def _witness(name: str, witness: dict[str, str]) -> Iterator[Number]:
    (theorem,) = find([name])
    symbols = {str(x): x for x in theorem.claim.variables}
    point = {symbols[x]: sp.sympify(value) for x, value in witness.items()}
    for x, value in point.items():
        yield Number(
            key=f"{name}.{x}",
            text=f"${typst(value)}$",
            exact=sp.sstr(value),
            source=f"the witness against {name}",
        )
    left, right = sides(theorem.claim, point)
    for side, value in (("left", left), ("right", right)):
        source = f"the {side} side of {name} at its witness"
        places = 0 if value.is_Integer else PLACES
        yield Number.rounded(f"{name}.{side}", value, places, source)


def sides(claim: Claim, point: dict[sp.Symbol, sp.Expr]) -> tuple[sp.Expr, sp.Expr]:
    """Returns both sides of a conclusion at an exact point, with sums and minima expanded."""
    here = claim.at({x: int(v) for x, v in point.items() if x.is_integer}).conclusion
    left, right = (side.subs(point) for side in (here.lhs, here.rhs))
    return left, right
