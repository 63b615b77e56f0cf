"""Numbers of the ledger: counts, and for each refuted sentence its witness and both sides there."""

from collections.abc import Iterator

import sympy as sp
from flint import ctx

from empirical.paper.number import Number
from empirical.paper.numbers import Ledger
from empirical.paper.typst_math import typst
from theory.claim import Claim
from theory.engines.enclosure import to_arb
from theory.ledger import find
from theory.theorems.discrepancy import base_sum_nonneg_of_length, base_sum_nonneg_of_published

PLACES = 5
PRECISION = 128
"""Bits in which the terms of a minimum are compared."""


def numbers(ledger: Ledger) -> Iterator[Number]:
    """Yields ``ledger.*``, ``bases.*``, and of each witness ``NAME.SYMBOL`` and both sides."""
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
    yield from _bases()
    for row in ledger:
        if row["verdict"] == "REFUTED":
            yield from _witness(row["name"], row["witness"])


def _bases() -> Iterator[Number]:
    """Yields how many published pairs of base and length fail, and how many by rounding alone.

    A pair fails by rounding alone if a base that is printed alike, to two digits, is proved good to
    the length at least.
    """
    proved = (*base_sum_nonneg_of_length.printed, *base_sum_nonneg_of_length.smaller)
    failing = base_sum_nonneg_of_published.bad
    by_rounding = [
        (base, length)
        for base, length in failing
        if any(f"{other:.1e}" == f"{base:.1e}" and length <= to for other, to in proved)
    ]
    for key, value in {
        "published": len(base_sum_nonneg_of_length.printed) + len(failing),
        "failing": len(failing),
        "by-rounding": len(by_rounding),
    }.items():
        yield Number.count(f"bases.{key}", value, "the sentences on published bases")


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
    left, right = (_value(side, point) for side in (here.lhs, here.rhs))
    return left, right


def _value(side: sp.Expr, point: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    """Returns one side at a point; of a minimum, the term that balls show to be the least.

    SymPy would compare the terms of a minimum two by two.
    """
    if not isinstance(side, sp.Min):
        return side.subs(point)
    values = list(dict.fromkeys(term.subs(point) for term in side.args))
    with ctx.workprec(PRECISION):
        balls = [to_arb(value, {}) for value in values]
    least = min(range(len(values)), key=lambda i: float(balls[i].mid()))
    others = (ball for i, ball in enumerate(balls) if i != least)
    if not all(balls[least] < ball for ball in others):
        return side.subs(point)
    return values[least]
