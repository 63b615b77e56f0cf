"""Soft one-plane Index at θ = 2π/n is right for every integer query once β ≥ n²/10, n ≥ 2.

That is, Σ exp(−β(1 − cos(2πt/n))) < 1 over 1 ≤ t ≤ n − 1: see ``index_margin_eq_of_integer_query``;
at this angle every query has the same sum. So the price of length n is between n²/(8π) and
n²/10, whereas ``n²/(8π)`` itself, as conjectured, is not enough.

Proof idea: sin y ≥ 2y/π on [0, π/2] gives 1 − cos(2πt/n) ≥ 8t²/n² up to t = n/2, so the sum is at
most 2·Σ u^{t²} ≤ 2(u + u⁴ + u⁹/(1 − u)) with u = e^{−8β/n²} ≤ e^{−4/5} < 9/20.
Tight: the constant 1/10 is 2.5 times the least possible for large n.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import enclosure, sampling, smt
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
t = sp.Symbol("t", integer=True)
beta, u = sp.symbols("beta u", real=True)


def sentence(share: sp.Expr, top: sp.Rational) -> Claim:
    """β ≥ ``share``·n² is enough; ``top`` is just above e^{−8·share}."""
    terms = sp.Sum(sp.exp(-beta * (1 - sp.cos(2 * sp.pi * t / n))), (t, 1, n - 1))
    return Claim(
        given=(sp.Ge(n, 2), sp.Ge(beta, share * n**2)),
        conclusion=sp.Lt(terms, 1),
        source="ours",
        reduction=Claim(
            given=(sp.Ge(u, 0), sp.Le(u, top)),
            conclusion=sp.Lt(2 * (u + u**4 + u**9 / (1 - u)), 1),
        ),
    )


claim = sentence(sp.Rational(1, 10), sp.Rational(9, 20))
neighbours = {
    "n²/(8π), as conjectured": sentence(1 / (8 * sp.pi), sp.Rational(73, 100)),
    "n²/21": sentence(sp.Rational(1, 21), sp.Rational(69, 100)),
}
tightness = Tightness({n: 3, beta: sp.Rational(9, 10)}, ratio=2 * sp.exp(-sp.Rational(27, 20)))


def decide(claim: Claim) -> Evidence:
    """No 0 ≤ u ≤ 9/20 breaks the reduction."""
    return smt.refute(claim.reduced)


def enclose(claim: Claim) -> Evidence:
    """Cover the same interval with balls."""
    (top,) = (g.rhs for g in claim.reduced.given if isinstance(g, sp.Le))
    return enclosure.cover(claim.reduced, {u: (sp.S.Zero, top)})


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 8."""
    return sampling.search(claim, {n: (2, 8)})
