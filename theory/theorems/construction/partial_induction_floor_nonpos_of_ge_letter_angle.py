"""Partial induction: from (n − 1)θ ≥ ω on, some non-match is as good as some match.

ω = 2π/A for A ≥ 3 letters, n ≥ 2 positions with the query at distance 0, θ ≤ 2π − ω; a key
k letters off at distance t has the logit cos(kω) + cos(tθ). With (n − 1)θ < ω no non-match
is, so the condition is exact. For A = 2 it is not: only odd multiples of π reach cos ω = −1.

Proof idea: at the first t with tθ ≥ ω, either t = 1 or tθ < 2ω; so tθ ≤ 2π − ω. A match
there loses to the next letter at distance 0 by cos ω − cos tθ = cos(p − q) − cos(p + q) =
2·sin p·sin q, where 2p = tθ + ω and 2q = tθ − ω lie in [0, 2π]. Tight: (n − 1)θ = ω is a draw.
"""

import sympy as sp

from theory.behaviour import partial_induction_floor
from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n, A = sp.symbols("n A", integer=True)
theta, p, q, h = sp.symbols("theta p q h", real=True)


def sentence(longer: sp.Rational) -> Claim:
    """The condition is (n − 1 + ``longer``)·θ ≥ ω; in the reduction θ = 2h."""
    omega = 2 * sp.pi / A
    return Claim(
        given=(
            *(sp.Ge(n, 2), sp.Ge(A, 3)),
            *(sp.Ge(theta, omega / (n - 1 + longer)), sp.Le(theta, 2 * sp.pi - omega)),
        ),
        conclusion=sp.Le(partial_induction_floor(n, A, theta), 0),
        source="urrutia2025decoupling, partial induction (f_MIX); exact condition ours",
        reduction=Claim(
            given=(sp.Ge(sp.sin(p), 0), sp.Ge(sp.sin(q + longer * h), 0)),
            conclusion=sp.Le(sp.cos(p + q), sp.cos(p - q)),
        ),
    )


claim = sentence(sp.S.Zero)
neighbours = {
    "a position early": sentence(sp.S.One),
    "half a position early": sentence(sp.S.Half),
}
tightness = Tightness({theta: 2 * sp.pi / A / (n - 1)})


def derive(claim: Claim) -> Evidence:
    """The lead of the rival in the reduction is 2·sin p·sin q."""
    return symbolic.certify(claim.reduced, lambda sp_, sq: 2 * sp_ * sq)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for p and q break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 5 and 3 to 5 letters."""
    return sampling.search(claim, {n: (2, 5), A: (3, 5)})
