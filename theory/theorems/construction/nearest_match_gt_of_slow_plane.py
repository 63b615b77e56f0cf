"""Partial induction: among matches the nearest wins while (2n − 3)θ < 2π.

n ≥ 2 positions, θ > 0; a match at distance t has the logit 1 + cos tθ, 0 ≤ t ≤ n − 1. It
follows from (n − 1)θ < ω ≤ π, which partial_induction_floor_pos_of_lt_letter_angle needs.

Proof idea: for s < t, cos sθ − cos tθ = cos(p − q) − cos(p + q) = 2·sin p·sin q with
2p = (s + t)θ ≤ (2n − 3)θ < 2π and 0 < 2q = (t − s)θ ≤ 2p. Tight: at (2n − 3)θ = 2π the
two farthest positions draw.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n, s, r = sp.symbols("n s r", integer=True)
theta, p, q, h = sp.symbols("theta p q h", real=True)


def sentence(longer: sp.Rational) -> Claim:
    """The condition is (2n − 3 − ``longer``)·θ < 2π; in the reduction θ = 2h."""
    farther = sp.Max(s, r) + 1
    lead = sp.cos(s * theta) - sp.cos(farther * theta)
    return Claim(
        given=(
            *(sp.Ge(n, 2), sp.Gt(theta, 0)),
            sp.Lt(theta, 2 * sp.pi / (2 * n - 3 - longer)),
        ),
        conclusion=sp.Gt(Least(lead, (s, 0, n - 2), (r, 0, n - 2)), 0),
        source="urrutia2025decoupling, partial induction (f_MIX); exact condition ours",
        reduction=Claim(
            given=(sp.Gt(sp.sin(p - longer * h), 0), sp.Gt(sp.sin(q), 0)),
            conclusion=sp.Gt(sp.cos(p - q), sp.cos(p + q)),
        ),
    )


claim = sentence(sp.S.Zero)
neighbours = {
    "half a position too long": sentence(sp.S.Half),
    "a quarter of a position too long": sentence(sp.Rational(1, 4)),
}
tightness = Tightness({theta: 2 * sp.pi / (2 * n - 3)})


def derive(claim: Claim) -> Evidence:
    """The lead of the reduction is 2·sin p·sin q."""
    return symbolic.certify(claim.reduced, lambda sp_, sq: 2 * sp_ * sq)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for p and q break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 6."""
    return sampling.search(claim, {n: (2, 6)})
