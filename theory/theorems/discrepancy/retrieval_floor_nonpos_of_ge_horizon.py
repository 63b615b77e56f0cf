"""One-plane Retrieval fails on some proper input of length n once (2n − 3)θ ≥ ω.

Here ω = 2π/A for A ≥ 2 letters, n ≥ 3 and θ ≤ ω; failing means a least gap of at most 0.

Proof idea: the least gap does not grow with n, so take the first n with (2n − 3)θ ≥ ω;
then (2n − 3)θ ≤ 3ω ≤ 2π + ω. The match at n − 2 and the rival one letter off at n − 1
give cos(p − q) − cos(p + q) = 2·sin p·sin q with 2p = ω − θ in [0, π] and
2q = ω − (2n − 3)θ in [−2π, 0]. Tight: equality in the hypothesis gives a least gap of 0.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import retrieval_floor
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n, A = sp.symbols("n A", integer=True)
theta = sp.Symbol("theta", real=True)
p, q = sp.symbols("p q", real=True)


def sentence(short: int, sign: sp.Expr) -> Claim:
    """No positive floor for (2n − short)θ ≥ ω; ``sign`` is not positive in the reduction."""
    omega = 2 * sp.pi / A
    return Claim(
        given=(sp.Ge(n, 3), sp.Ge(A, 2), sp.Ge(theta, omega / (2 * n - short)), theta <= omega),
        conclusion=sp.Le(retrieval_floor(n, A, theta), 0),
        source="urrutia2026heads, Thm 3.2, corrected; ours",
        reduction=Claim(
            given=(sp.Ge(sp.sin(p), 0), sp.Le(sign, 0)),
            conclusion=sp.Le(sp.cos(p - q), sp.cos(p + q)),
        ),
    )


claim = sentence(3, sp.sin(q))
neighbours = {"a horizon one shorter": sentence(2, sp.sin(q - p / 2))}
tightness = Tightness({theta: 2 * sp.pi / A / (2 * n - 3)})


def derive(claim: Claim) -> Evidence:
    """The gap of the reduction is 2·sin p·(−sin q)."""
    return symbolic.certify(claim.reduced, lambda sp_, sq: 2 * sp_ * sq)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for p and q break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 6 and up to 5 letters."""
    return sampling.search(claim, {n: (3, 6), A: (2, 5)})
