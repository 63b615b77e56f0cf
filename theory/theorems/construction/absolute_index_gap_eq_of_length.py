"""Absolute index leads every other position by at least 1 − cos(π/n), and one by just that.

θ = π/n, n ≥ 2 positions, the query of any position j from 1 to n; the other positions are
p = 1 + (j − 1 + s) mod n for 1 ≤ s ≤ n − 1. No query is worse than another.

Proof idea: the distance d = |p − j| is at least 1 and at most n − 1, and cos θ − cos dθ =
2·sin((d + 1)θ/2)·sin((d − 1)θ/2), both half angles in [0, π/2]; in the reduction they are
h and h − θ. Some neighbour of j exists, with d = 1. Tight: an equation.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

n, j, s = sp.symbols("n j s", integer=True)
h, theta = sp.symbols("h theta", real=True)


def sentence(distance: int) -> Claim:
    """The nearest rival in score is ``distance`` positions off."""
    offset = 1 + sp.Mod(j - 1 + s, n) - j
    return Claim(
        given=(sp.Ge(n, 2), sp.Ge(j, 1), sp.Le(j, n)),
        conclusion=sp.Eq(
            Least(1 - sp.cos(offset * sp.pi / n), (s, 1, n - 1)),
            1 - sp.cos(distance * sp.pi / n),
            evaluate=False,
        ),
        source="urrutia2025decoupling, absolute index (f_POS); gap ours",
        reduction=Claim(
            given=(sp.Ge(sp.sin(h), 0), sp.Ge(sp.sin(h - theta), 0)),
            conclusion=sp.Ge(sp.cos(distance * theta), sp.cos(2 * h - theta)),
        ),
    )


claim = sentence(1)
neighbours = {
    "the neighbour forgotten": sentence(2),
    "two neighbours forgotten": sentence(3),
}


def derive(claim: Claim) -> Evidence:
    """The lead of the reduction is twice the product of the two sines."""
    return symbolic.certify(claim.reduced, lambda near, far: 2 * near * far)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for h and θ break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 8."""
    return sampling.search(claim, {n: (2, 8), j: (1, 8)})
