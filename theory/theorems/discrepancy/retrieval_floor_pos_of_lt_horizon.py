"""One-plane Retrieval is right on every proper input of length n while (2n − 3)θ < ω.

Here ω = 2π/A for A ≥ 2 letters, n ≥ 3 and θ ≥ 0; right means a positive least gap. At
A = 8 and θ = 0.0027 that is n ≤ 146; the published curve reaches zero at n = 291.

Proof idea: a rival at distance t scores at most cos(ω − tθ), so with the match at s ≠ t
the gap is at least cos(p − q) − cos(p + q) = 2·sin p·sin q, where 2p = ω + (s − t)θ lies
in (0, 2π) and 2q = ω − (s + t)θ ≥ ω − (2n − 3)θ > 0. Tight: see the other direction.
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


def sentence(horizon: sp.Expr, sign: sp.Expr) -> Claim:
    """The floor is positive for 0 ≤ θ < ``horizon``; ``sign`` is positive in the reduction."""
    return Claim(
        given=(sp.Ge(n, 3), sp.Ge(A, 2), sp.Ge(theta, 0), sp.Lt(theta, horizon)),
        conclusion=sp.Gt(retrieval_floor(n, A, theta), 0),
        source="urrutia2026heads, Thm 3.2, corrected; ours",
        reduction=Claim(
            given=(sp.Gt(sp.sin(p), 0), sp.Gt(sign, 0)),
            conclusion=sp.Gt(sp.cos(p - q), sp.cos(p + q)),
        ),
    )


claim = sentence(2 * sp.pi / A / (2 * n - 3), sp.sin(q))
neighbours = {
    "a horizon one too long": sentence(2 * sp.pi / A / (2 * n - 4), sp.sin(q + p / n)),
    "the published zero, ω = nθ": sentence(2 * sp.pi / A / n, sp.cos(q)),
}
tightness = Tightness({theta: 2 * sp.pi / A / (2 * n - 3)})


def derive(claim: Claim) -> Evidence:
    """The gap of the reduction is 2·sin p·sin q."""
    return symbolic.certify(claim.reduced, lambda sp_, sq: 2 * sp_ * sq)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for p and q break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 6 and up to 5 letters."""
    return sampling.search(claim, {n: (3, 6), A: (2, 5)})
