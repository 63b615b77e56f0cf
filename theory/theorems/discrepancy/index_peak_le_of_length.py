"""One-plane Index at length n: no query's gap exceeds 1 − cos(2π/(⌈(n−1)/2⌉ + 1)).

The query points i back, 0 ≤ i ≤ n − 1, a letter like i = 0, so that its farthest rival
stands M = max(i, n − 1 − i) away; its gap is g(M). n ≥ 2, any real θ. It is the sharp form
of Theorem 3.2 (Index) under Def. 3.1, which takes the largest gap; ⌈(n−1)/2⌉ = ⌊n/2⌋.

Proof idea: with h = ⌈(n−1)/2⌉, an integer at least (n−1)/2 such as M is at least h, and
``index_gap_le_of_reach`` bounds g(M): the arcs of half-width 1/(b(h+1)) and 1/(d(h+1)) about
Farey neighbours of order M, where b + d ≥ M + 1, meet. Tight: i = h, θ = 2π/(h + 1).
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import index_gap, index_reach
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n, i = sp.symbols("n i", integer=True)
theta = sp.Symbol("theta", real=True)
b, d, h, order = sp.symbols("b d h M", real=True)


def sentence(extra: sp.Rational) -> Claim:
    """The bound 1 − cos(2π/(⌈(n−1)/2⌉ + extra)) for every query."""
    radius = 1 / (h + extra)
    half = sp.ceiling((n - 1) / 2)
    return Claim(
        given=(sp.Ge(n, 2), sp.Ge(i, 0), sp.Le(i, n - 1)),
        conclusion=sp.Le(
            index_gap(index_reach(n, i), theta), 1 - sp.cos(2 * sp.pi / (half + extra))
        ),
        source="urrutia2026heads, Def. 3.1 and Thm 3.2, corrected; ours",
        reduction=Claim(
            given=(*(sp.Ge(x, 1) for x in (h, b, d)), order >= h, b + d >= order + 1),
            conclusion=sp.Ge(radius / b + radius / d, 1 / (b * d)),
        ),
    )


claim = sentence(sp.S.One)
neighbours = {
    "+ 2 for + 1": sentence(sp.Integer(2)),
    "+ 3/2 for + 1": sentence(sp.Rational(3, 2)),
}
tightness = Tightness({n: 9, i: 4, theta: 2 * sp.pi / 5})
cites = ("index_gap_le_of_reach",)


def derive(claim: Claim) -> Evidence:
    """The two half-widths exceed the distance by (b + d − h − 1)/(bd(h + 1))."""
    return symbolic.certify(
        claim.reduced,
        lambda h1, b1, d1, more, slack: (slack + more) / ((1 + b1) * (1 + d1) * (2 + h1)),
    )


def decide(claim: Claim) -> Evidence:
    """No denominators b and d, reach M and half-length leave a gap between the arcs."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 12, every query."""
    return sampling.search(claim, {n: (2, 12), i: (0, 11)}, tightness)
