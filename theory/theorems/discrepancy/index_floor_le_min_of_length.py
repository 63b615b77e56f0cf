"""Theorem 3.2 (Index) under the floor reading: the least gap is ≤ min{1 − cos θ, 2π²/n²}.

The least gap over all valid queries at length n ≥ 2 is that of the letter query, g(n − 1):
every distance up to n − 1 has a rival. Under Def. 3.1, which takes the largest gap, the same
bound is false, see ``index_peak_le_min_of_length``.

Proof idea: the rival at distance 1 gives the first bound. By ``index_gap_le_of_reach`` some
rival is turned by 2y with 0 ≤ y ≤ p = π/n from the target, and 0 ≤ sin y ≤ y gives
1 − cos 2y = 2·sin² y ≤ 2p². Tight: the first at θ = 2π/n, where the second
is attained to 0.977 at n = 12, and wholly as n grows.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import index_gap
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
theta = sp.Symbol("theta", real=True)
p, y = sp.symbols("p y", real=True)


def sentence(first: sp.Expr, factor: sp.Rational) -> Claim:
    """The bound min{first, factor·π²/n²}."""
    return Claim(
        given=(sp.Ge(n, 2),),
        conclusion=sp.Le(index_gap(n - 1, theta), sp.Min(first, factor * sp.pi**2 / n**2)),
        source="urrutia2026heads, Thm 3.2, floor reading",
        reduction=Claim(
            given=(sp.sin(y) >= 0, y >= sp.sin(y), p >= y),
            conclusion=sp.Le(1 - sp.cos(2 * y), factor * p**2),
        ),
    )


claim = sentence(1 - sp.cos(theta), sp.Integer(2))
neighbours = {
    "nine tenths of the second bound": sentence(1 - sp.cos(theta), sp.Rational(9, 5)),
    "nine tenths of the first bound": sentence(9 * (1 - sp.cos(theta)) / 10, sp.Rational(19, 10)),
}
tightness = Tightness({n: 12, theta: sp.pi / 6})
cites = ("index_gap_le_of_reach",)


def derive(claim: Claim) -> Evidence:
    """What is missing is 2(p² − y²) + 2(y² − sin² y), each a product of two terms ≥ 0."""
    return symbolic.certify(
        claim.reduced, lambda s, more, most: 2 * (more + most) * (2 * s + more + most)
    )


def decide(claim: Claim) -> Evidence:
    """No p, no y and no point on the unit circle for y break the second bound."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 12."""
    return sampling.search(claim, {n: (2, 12)}, tightness)
