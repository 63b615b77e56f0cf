"""Partial induction: every match beats every non-match while (n − 1)θ < ω.

ω = 2π/A for A ≥ 2 letters, n ≥ 2 positions with the query at distance 0, θ ≥ 0; a key k
letters off at distance t has the logit cos(kω) + cos(tθ), with both planes of length 1.

Proof idea: with x = (n − 1)θ < ω ≤ π, a match scores at least 1 + cos x, a rival at most
1 + cos ω, and cos x − cos ω = cos(p − q) − cos(p + q) = 2·sin p·sin q where 2p = ω + x lies
in (0, 2π) and 2q = ω − x in (0, π]. Tight: see partial_induction_floor_nonpos_of_ge_letter_angle.
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
    """The condition is (n − 1 − ``longer``)·θ < ω; in the reduction θ = 2h."""
    horizon = 2 * sp.pi / A / (n - 1 - longer)
    return Claim(
        given=(sp.Ge(n, 2), sp.Ge(A, 2), sp.Ge(theta, 0), sp.Lt(theta, horizon)),
        conclusion=sp.Gt(partial_induction_floor(n, A, theta), 0),
        source="urrutia2025decoupling, partial induction (f_MIX); exact condition ours",
        reduction=Claim(
            given=(sp.Gt(sp.sin(p), 0), sp.Gt(sp.sin(q + longer * h), 0)),
            conclusion=sp.Gt(sp.cos(p - q), sp.cos(p + q)),
        ),
    )


claim = sentence(sp.S.Zero)
neighbours = {
    "half a position too long": sentence(sp.S.Half),
    "a quarter of a position too long": sentence(sp.Rational(1, 4)),
}
tightness = Tightness({theta: 2 * sp.pi / A / (n - 1)})


def derive(claim: Claim) -> Evidence:
    """The lead of the reduction is 2·sin p·sin q."""
    return symbolic.certify(claim.reduced, lambda sp_, sq: 2 * sp_ * sq)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for p and q break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 5 and up to 5 letters."""
    return sampling.search(claim, {n: (2, 5), A: (2, 5)})
