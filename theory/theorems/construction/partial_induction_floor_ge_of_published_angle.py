"""Partial induction, as published: θ < 2π/(n·A) suffices for every match to beat every non-match.

With ω = 2π/A the least lead is even at least cos((n − 1)ω/n) − cos ω, which is positive,
also at θ = ω/n itself; A ≥ 2 letters, n ≥ 2 positions, 0 ≤ θ ≤ ω/n. The condition is not
needed: (n − 1)θ < ω is enough, by partial_induction_floor_pos_of_lt_letter_angle.

Proof idea: a match scores at least 1 + cos x with x = (n − 1)θ, a rival at most 1 + cos ω.
With y = (n − 1)ω/n ≥ x, cos x − cos y = cos(p − q) − cos(p + q) = 2·sin p·sin q where
2p = x + y and 2q = y − x lie in [0, 2π). Tight: θ = ω/n.
"""

import sympy as sp

from theory.behaviour import partial_induction_floor
from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n, A = sp.symbols("n A", integer=True)
theta, p, q, h = sp.symbols("theta p q h", real=True)


def sentence(nearer: int) -> Claim:
    """The lead is that of a farthest match ``nearer`` positions nearer; ω/n = 2h below."""
    omega = 2 * sp.pi / A
    return Claim(
        given=(sp.Ge(n, 2), sp.Ge(A, 2), sp.Ge(theta, 0), sp.Le(theta, omega / n)),
        conclusion=sp.Ge(
            partial_induction_floor(n, A, theta),
            sp.cos((n - 1 - nearer) * omega / n) - sp.cos(omega),
        ),
        source="urrutia2025decoupling, partial induction (f_MIX), 0 < θ₂ < 2π/(n|Σ|)",
        reduction=Claim(
            given=(sp.Ge(sp.sin(p), 0), sp.Ge(sp.sin(q), 0)),
            conclusion=sp.Ge(sp.cos(p - q), sp.cos(p + q - 2 * nearer * h)),
        ),
    )


claim = sentence(0)
neighbours = {"a match one nearer": sentence(1), "two nearer": sentence(2)}
tightness = Tightness({n: 4, A: 5, theta: sp.pi / 10})


def derive(claim: Claim) -> Evidence:
    """The lead of the reduction is 2·sin p·sin q."""
    return symbolic.certify(claim.reduced, lambda sp_, sq: 2 * sp_ * sq)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for p and q break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 5 and up to 5 letters."""
    return sampling.search(claim, {n: (2, 5), A: (2, 5)}, tightness)
