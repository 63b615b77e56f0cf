"""One-plane Index at length n: the least gap over all valid queries is at most 1 − cos(2π/n).

A query points i back, 0 ≤ i ≤ n − 1, a letter like i = 0; its rivals stand at the other
distances t, (i + u) mod n for 1 ≤ u ≤ n − 1, and are led by 1 − cos((t − i)θ). n ≥ 2, any
real θ. It is the second published Index bound under the floor reading, sharpened.

Proof idea: the letter query has rivals at every distance up to n − 1, so the least gap is at
most g(n − 1). By ``index_gap_le_of_reach`` that is at most 1 − cos(2π/n): arcs of half-width
1/(bn) and 1/(dn) about Farey neighbours a/b, c/d with b + d ≥ n meet. Tight: θ = 2π/n.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
i, u = sp.symbols("i u", integer=True)
theta = sp.Symbol("theta", real=True)
b, d, order = sp.symbols("b d n", real=True)


def sentence(extra: sp.Expr) -> Claim:
    """The bound 1 − cos(2π/(n + extra))."""
    lead = 1 - sp.cos((sp.Mod(i + u, n) - i) * theta)
    radius = 1 / (order + extra)
    return Claim(
        given=(sp.Ge(n, 2),),
        conclusion=sp.Le(
            Least(lead, (u, 1, n - 1), (i, 0, n - 1)), 1 - sp.cos(2 * sp.pi / (n + extra))
        ),
        source="urrutia2026heads, Thm 3.2, floor reading, sharpened; ours",
        reduction=Claim(
            given=(sp.Ge(order, 2), sp.Ge(b, 1), sp.Ge(d, 1), sp.Ge(b + d, order)),
            conclusion=sp.Ge(radius / b + radius / d, 1 / (b * d)),
        ),
    )


claim = sentence(sp.S.Zero)
neighbours = {
    "n + 1 for n": sentence(sp.S.One),
    "n + 1/2 for n": sentence(sp.S.Half),
}
tightness = Tightness({n: 7, theta: 2 * sp.pi / 7})
cites = ("index_gap_le_of_reach",)


def derive(claim: Claim) -> Evidence:
    """The two half-widths exceed the distance by (b + d − n)/(bdn)."""
    return symbolic.certify(
        claim.reduced, lambda more, b1, d1, slack: slack / ((1 + b1) * (1 + d1) * (2 + more))
    )


def decide(claim: Claim) -> Evidence:
    """No denominators b and d and no length leave a gap between the arcs."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 10, every query and every rival."""
    return sampling.search(claim, {n: (2, 10)}, tightness)
