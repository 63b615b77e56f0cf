"""One-plane Index: the gap at reach M is seen at the last convergent denominator b ≤ M.

Let a/b and c/d be fractions with cb − ad = 1 and 1 ≤ b < d, and a/b ≤ α ≤ c/d, where θ = 2πα;
so are consecutive convergents of α, or of −α, which has the same gaps. Then for b ≤ M < d
no 1 ≤ t ≤ M has 1 − cos tθ below 1 − cos bθ. A tie can come only where α is a/b or c/d.

Proof idea: for integers t and s put (t, s) = x(b, a) + y(d, c), with x and y integers. As
1 ≤ t < d, x ≠ 0 and xy ≤ 0. So with u = bα − a ≥ 0 and v = c − dα ≥ 0 the distance
|tα − s| = |xu − yv| is at least u, and u = ‖bα‖ since u ≤ 1/d ≤ 1/2. Tight: an equation.
"""

from fractions import Fraction
from itertools import pairwise

import sympy as sp

from theory.angle import Angle
from theory.claim import Claim
from theory.discrepancy import index_gap
from theory.engines import diophantine, enclosure, sampling, smt, symbolic
from theory.evidence import Evidence, Verdict

a, b, c, d = sp.symbols("a b c d", integer=True)
alpha = sp.Symbol("alpha", real=True)
u, v, x, y = sp.symbols("u v x y", real=True)


def sentence(reach: sp.Expr, distance: sp.Expr) -> Claim:
    """The gap at ``reach`` is seen at ``distance``; the reduction squares |xu − yv| ≥ u."""
    slip = (reach - d + 1) + (distance - b)
    return Claim(
        given=(
            *(sp.Ge(a, 0), sp.Ge(b, 1), sp.Gt(d, b), sp.Eq(c * b - a * d, 1)),
            *(sp.Ge(alpha, a / b), sp.Le(alpha, c / d)),
        ),
        conclusion=sp.Eq(
            index_gap(reach, 2 * sp.pi * alpha),
            1 - sp.cos(2 * sp.pi * alpha * distance),
            evaluate=False,
        ),
        source="Khinchin, Continued Fractions, Thms 16 and 17",
        reduction=Claim(
            given=(u >= 0, v >= 0, sp.Ge(x**2, 1), sp.Ge(-x * y, 0)),
            conclusion=sp.Ge((x * u - y * v) ** 2, (u + slip * v) ** 2),
        ),
    )


claim = sentence(d - 1, b)
neighbours = {
    "a reach one longer": sentence(d, b),
    "the next distance": sentence(d - 1, b + 1),
}


def derive(claim: Claim) -> Evidence:
    """What is missing to equality of squares is (x² − 1)u² − 2xyuv + y²v²."""
    return symbolic.certify(
        claim.reduced,
        lambda near, next_, more, mixed: near**2 * more + 2 * mixed * near * next_ + (y * v) ** 2,
    )


def decide(claim: Claim) -> Evidence:
    """No x, y, u and v come nearer."""
    return smt.refute(claim.reduced)


def exhaust(claim: Claim) -> Evidence:
    """For every α = p/q and each two consecutive convergents, all distances as exact fractions."""
    last = 40
    distance = claim.conclusion.rhs.args[1].args[1].args[0] / (2 * sp.pi * alpha)
    ends = sp.lambdify((b, d), (claim.conclusion.lhs.limits[0][2], distance), "math")
    turns = {Fraction(p, q) for q in range(2, last + 1) for p in range(1, q)}
    for turn in sorted(turns):
        fractions = diophantine.convergents(Angle.of_turns(turn), turn.denominator)
        for one, other in pairwise(fractions):
            if one <= turn <= other and one.denominator < other.denominator:
                reach, chosen = ends(one.denominator, other.denominator)
                away = [abs(t * turn - round(t * turn)) for t in range(max(reach, chosen) + 1)]
                if min(away[1 : reach + 1]) != away[chosen]:
                    ratios = (one.numerator, one.denominator, other.numerator, other.denominator)
                    point = dict(zip((a, b, c, d), ratios, strict=True))
                    return enclosure.witness(claim, {**point, alpha: sp.Rational(turn)})
    return Evidence(
        verdict=Verdict.SURVIVED,
        scope=f"α = p/q with q ≤ {last}",
        trusts=("exact fractions", "our continued fractions"),
    )


def sample(claim: Claim) -> Evidence:
    """Search small fractions."""
    return sampling.search(claim, {a: (0, 2), b: (1, 3), c: (1, 2), d: (2, 5)})
