"""The previous-token head of one plane is Index with i = 1: its gap is g(n − 2).

n ≥ 3 positions, any real θ. The target is 1 back; the rivals are the query itself, at
distance 0, and the positions at distances t = 2 to n − 1. Each trails by 1 − cos((t − 1)θ);
g(M) is the least of 1 − cos dθ over 1 ≤ d ≤ M. The bound of index_gap_le_of_reach applies.

Proof idea: the query is 1 from the target, the others 1 to n − 2. A distance d ≥ 1 occurs
iff d ≤ 1 or d ≤ n − 2, that is, iff max(1, n − 2) − d ≥ 0; the reduction says that for
n ≥ 3, here 2 + r with r ≥ 1, this is n − 2 − d. Tight: an equation.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim
from theory.discrepancy import index_gap
from theory.engines import exhaustion, sampling, smt, symbolic
from theory.evidence import Evidence

n, t = sp.symbols("n t", integer=True)
theta, d, r = sp.symbols("theta d r", real=True)


def sentence(reach: int) -> Claim:
    """The gap is g(n − 2 + ``reach``)."""
    rivals = Least(1 - sp.cos((t - 1) * theta), (t, 2, n - 1))
    return Claim(
        given=(sp.Ge(n, 3),),
        conclusion=sp.Eq(
            sp.Min(1 - sp.cos(theta), rivals, evaluate=False),
            index_gap(n - 2 + reach, theta),
            evaluate=False,
        ),
        source="urrutia2026heads, Index construction; previous token of olsson2022induction",
        reduction=Claim(
            given=(sp.Ge(r, 1),),
            conclusion=sp.Eq(sp.Max(1 - d, r - d), r + reach - d, evaluate=False),
        ),
    )


claim = sentence(0)
neighbours = {"one position more": sentence(1), "two positions more": sentence(2)}


def decide(claim: Claim) -> Evidence:
    """No n and d break the reduction."""
    return smt.refute(claim.reduced)


def exhaust(claim: Claim) -> Evidence:
    """At each length the two minima are over the same set."""

    def same(size: int) -> bool:
        both = claim.at({n: size}).conclusion
        return bool(sp.Min(both.lhs) == sp.Min(both.rhs))

    return exhaustion.every(range(3, 13), same, "3 ≤ n ≤ 12, all real θ", symbolic.TRUSTS)


def sample(claim: Claim) -> Evidence:
    """Search lengths from 3 to 8."""
    return sampling.search(claim, {n: (3, 8)})
