"""Proof by ball arithmetic: an inequality holds on a box when FLINT's balls say so."""

from collections.abc import Mapping
from functools import cache

import flint
import sympy as sp
from flint import arb, ctx
from sympy.core.relational import Relational

from theory.claim import Claim, gap
from theory.engines.balls import Ball, Integers, Point, compiled
from theory.evidence import Evidence, Verdict

TRUSTS = (f"python-flint {flint.__version__}", "our ball translator")
BITS = 96

Box = Mapping[sp.Expr, tuple[sp.Expr, sp.Expr]]


def cover(claim: Claim, box: Box, *, depth: int = 24) -> Evidence:
    """Bisect ``box`` until the gap's ball is positive on every piece that meets the hypotheses.

    Args:
        claim: An inequality.
        box: The ends of each variable's interval; all of it is covered.
        depth: How often one piece may be halved before it is given up.
    """
    whole = all(_confined(claim, x, *ends) for x, ends in box.items())
    covered = ", ".join(f"{x} in [{low}, {high}]" for x, (low, high) in box.items())

    def ended(
        verdict: Verdict, detail: str = "", witness: Mapping[str, str] | None = None
    ) -> Evidence:
        return Evidence(
            verdict=verdict,
            trusts=TRUSTS,
            of=claim,
            scope="" if whole else covered,
            detail=detail,
            witness=witness or {},
        )

    with ctx.workprec(BITS):
        start = {x: to_arb(low, {}).union(to_arb(high, {})) for x, (low, high) in box.items()}
        pieces = [(start, 0)]
        while pieces:
            piece, level = pieces.pop()
            if holds(claim.conclusion, piece) or any(fails(g, piece) for g in claim.given):
                continue
            centre = {x: ball.mid() for x, ball in piece.items()}
            if fails(claim.conclusion, centre) and all(holds(g, centre) for g in claim.given):
                return ended(
                    Verdict.REFUTED, witness={str(x): _dyadic(c) for x, c in centre.items()}
                )
            if level == depth:
                return ended(
                    Verdict.UNDECIDED, f"near { ({str(x): str(c) for x, c in centre.items()}) }"
                )
            x = max(piece, key=lambda x: piece[x].rad())
            low, high = piece[x].lower(), piece[x].upper()
            for end in (low, high):
                pieces.append(({**piece, x: end.union(centre[x])}, level + 1))
    return ended(Verdict.PROVED)


def witness(claim: Claim, point: Mapping[sp.Expr, sp.Expr]) -> Evidence:
    """Evaluate the sentence at one exact point: a counterexample, or nothing.

    Args:
        claim: Any sentence.
        point: An exact value for every variable; integer symbols get integers.
    """
    sizes = {x: int(v) for x, v in point.items() if x in claim.sizes}
    with ctx.workprec(BITS):
        at = {x: to_arb(sp.sympify(v), {}) for x, v in point.items() if x not in sizes}
        met = all(holds(g, at) for g in claim.given_at(sizes))
        broken = met and fails(claim.conclusion, at, sizes)
        left, right = (compiled(side)(at, sizes) for side in claim.conclusion.args)
        sides = f"{left} against {right}"
    return Evidence(
        verdict=Verdict.REFUTED if broken else Verdict.UNDECIDED,
        trusts=TRUSTS,
        of=claim,
        detail=sides if broken else f"no counterexample there: {sides}",
        witness={str(x): str(v) for x, v in point.items()} if broken else {},
    )


def holds(relation: Relational, at: Point, integers: Integers | None = None) -> bool:
    """Whether the relation is certain everywhere in the balls."""
    ball = _gap(relation)(at, integers or {})
    match relation:
        case sp.Eq():
            return bool(ball == 0)
        case sp.StrictLessThan() | sp.StrictGreaterThan():
            return bool(ball > 0)
        case sp.LessThan() | sp.GreaterThan():
            return bool(ball >= 0)
    raise NotImplementedError(f"no balls for the relation {relation}")


def fails(relation: Relational, at: Point, integers: Integers | None = None) -> bool:
    """Whether the relation is certainly false everywhere in the balls."""
    ball = _gap(relation)(at, integers or {})
    match relation:
        case sp.Eq():
            return bool(ball != 0)
        case sp.StrictLessThan() | sp.StrictGreaterThan():
            return bool(ball <= 0)
        case sp.LessThan() | sp.GreaterThan():
            return bool(ball < 0)
    raise NotImplementedError(f"no balls for the relation {relation}")


def to_arb(e: sp.Basic, at: Point) -> arb:
    """Evaluate a SymPy term in balls; rationals enter exactly, floats not at all.

    Raises:
        NotImplementedError: If a node has no translation.
    """
    return compiled(e)(at, {})


@cache
def _gap(relation: Relational) -> Ball:
    return compiled(gap(relation))


def _confined(claim: Claim, x: sp.Expr, low: sp.Expr, high: sp.Expr) -> bool:
    """Whether the hypotheses already keep ``x`` between the two ends."""
    orders = [g for g in claim.given if isinstance(g, Relational) and not isinstance(g, sp.Eq)]
    return any(g.gts == x and g.lts == low for g in orders) and any(
        g.lts == x and g.gts == high for g in orders
    )


def _dyadic(x: arb) -> str:
    mantissa, exponent = x.man_exp()
    return str(sp.Integer(int(mantissa)) * sp.Integer(2) ** int(exponent))
