"""Proof by ball arithmetic: an inequality holds on a box when FLINT's balls say so."""

from collections.abc import Mapping
from functools import reduce
from operator import add, mul

import flint
import sympy as sp
from flint import arb, ctx, fmpq
from sympy.core.relational import Relational

from theory.claim import Claim, gap
from theory.evidence import Evidence, Verdict

TRUSTS = (f"python-flint {flint.__version__}", "our ball translator")
BITS = 96

Point = Mapping[sp.Expr, arb]
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
    here = claim.at(sizes)
    with ctx.workprec(BITS):
        at = {x: to_arb(sp.sympify(v), {}) for x, v in point.items() if x not in sizes}
        met = all(holds(g, at) for g in here.given)
        broken = met and fails(here.conclusion, at)
        sides = f"{to_arb(here.conclusion.lhs, at)} against {to_arb(here.conclusion.rhs, at)}"
    return Evidence(
        verdict=Verdict.REFUTED if broken else Verdict.UNDECIDED,
        trusts=TRUSTS,
        of=claim,
        detail=sides if broken else f"no counterexample there: {sides}",
        witness={str(x): str(v) for x, v in point.items()} if broken else {},
    )


def holds(relation: Relational, at: Point) -> bool:
    """Whether the relation is certain everywhere in the balls."""
    ball = to_arb(gap(relation), at)
    match relation:
        case sp.Eq():
            return bool(ball == 0)
        case sp.StrictLessThan() | sp.StrictGreaterThan():
            return bool(ball > 0)
        case sp.LessThan() | sp.GreaterThan():
            return bool(ball >= 0)
    raise NotImplementedError(f"no balls for the relation {relation}")


def fails(relation: Relational, at: Point) -> bool:
    """Whether the relation is certainly false everywhere in the balls."""
    ball = to_arb(gap(relation), at)
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
    match e:
        case sp.Rational():
            return arb(fmpq(int(e.p), int(e.q)))
        case sp.Symbol() | sp.Indexed():
            return at[e]
        case sp.pi:
            return arb.pi()
        case sp.Add():
            return reduce(add, (to_arb(a, at) for a in e.args))
        case sp.Mul():
            return reduce(mul, (to_arb(a, at) for a in e.args))
        case sp.Pow(base=base, exp=sp.Integer() as n):
            power = _power(to_arb(base, at), abs(int(n)))
            return power if n > 0 else 1 / power
        case sp.Pow(base=base, exp=sp.Rational(p=1, q=2)):
            return to_arb(base, at).sqrt()
        case sp.Pow(base=base, exp=sp.Rational(p=-1, q=2)):
            return 1 / to_arb(base, at).sqrt()
        case sp.Min():
            return reduce(arb.min, (to_arb(a, at) for a in e.args))
        case sp.Max():
            return reduce(arb.max, (to_arb(a, at) for a in e.args))
        case sp.cos() | sp.sin() | sp.exp() | sp.log() | sp.cosh() | sp.Abs():
            ball: arb = getattr(to_arb(e.args[0], at), _METHODS[type(e)])()
            return ball
    raise NotImplementedError(f"no ball for {type(e).__name__}: {e}")


_METHODS = {
    sp.cos: "cos",
    sp.sin: "sin",
    sp.exp: "exp",
    sp.log: "log",
    sp.cosh: "cosh",
    sp.Abs: "__abs__",
}


def _confined(claim: Claim, x: sp.Expr, low: sp.Expr, high: sp.Expr) -> bool:
    """Whether the hypotheses already keep ``x`` between the two ends."""
    orders = [g for g in claim.given if isinstance(g, Relational) and not isinstance(g, sp.Eq)]
    return any(g.gts == x and g.lts == low for g in orders) and any(
        g.lts == x and g.gts == high for g in orders
    )


def _power(ball: arb, n: int) -> arb:
    """An integer power; FLINT's own gives no answer for a ball around zero."""
    power = reduce(mul, [ball] * n)
    return arb.max(power, arb(0)) if n % 2 == 0 else power


def _dyadic(x: arb) -> str:
    mantissa, exponent = x.man_exp()
    return str(sp.Integer(int(mantissa)) * sp.Integer(2) ** int(exponent))
