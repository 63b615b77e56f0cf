"""Theorem 3.2 (Index), as published: the discrepancy is at most min{1 − cos θ, 2π²/n²}.

Def. 3.1 takes the largest gap over inputs of length n, so the bound would have to hold
for every integer query i at the last of n positions: rivals reach max(i, n − 1 − i) away.

It is false: a query in the middle has rivals only half as far, and its gap may be four
times as large. At n = 17, i = 8, θ = 2π/9 the gap is 0.23396, the bound 0.06830.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import index_gap, index_reach
from theory.engines import enclosure, sampling
from theory.evidence import Evidence, Verdict

n, i = sp.symbols("n i", integer=True)
theta = sp.Symbol("theta", real=True)


def sentence(bound: sp.Expr) -> Claim:
    """The gap of every query at every length is at most ``bound``."""
    return Claim(
        given=(sp.Ge(n, 2), sp.Ge(i, 0), sp.Le(i, n - 1)),
        conclusion=sp.Le(index_gap(index_reach(n, i), theta), bound),
        source="urrutia2026heads, Def. 3.1 and Thm 3.2",
    )


claim = sentence(sp.Min(1 - sp.cos(theta), 2 * sp.pi**2 / n**2))
neighbours = {
    "the second bound alone": sentence(2 * sp.pi**2 / n**2),
    "twice the second bound": sentence(4 * sp.pi**2 / n**2),
}
expected = Verdict.REFUTED
replaced_by = "index_gap_le_of_reach"
repaired = sentence(1 - sp.cos(2 * sp.pi / (index_reach(n, i) + 1)))


def enclose(claim: Claim) -> Evidence:
    """Evaluate both sides at one point: the query in the middle, at its own best angle."""
    return enclosure.witness(claim, {n: 17, i: 8, theta: 2 * sp.pi / 9})


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 12."""
    return sampling.search(claim, {n: (2, 12), i: (0, 11)})
