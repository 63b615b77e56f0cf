"""A plane that turns by the letter angle ω or more per position holds no symbol match at all.

ω = 2π/A for A ≥ 2 letters, ω ≤ θ ≤ 2π − ω, n ≥ 2: some proper input of length n leaves the
match a lead of at most 0. With retrieval_floor_nonpos_of_length, and θ → 2π − θ, no angle
but a multiple of 2π holds a match at all lengths.

Proof idea: the match at distance 1 scores cos θ, a rival of the next letter at distance 0 scores
cos ω, and cos ω − cos θ = cos(p − q) − cos(p + q) = 2·sin p·sin q ≥ 0 with 2p = θ + ω and
2q = θ − ω in [0, 2π].
Tight: not at all; at θ = ω/3 it fails already.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import retrieval_floor
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

n, A = sp.symbols("n A", integer=True)
theta, p, q, h = sp.symbols("theta p q h", real=True)


def sentence(share: sp.Rational) -> Claim:
    """It fails from θ = ``share``·ω on; in the reduction ω = 2h."""
    omega = 2 * sp.pi / A
    return Claim(
        given=(
            *(sp.Ge(n, 2), sp.Ge(A, 2)),
            *(sp.Ge(theta, share * omega), sp.Le(theta, 2 * sp.pi - omega)),
        ),
        conclusion=sp.Le(retrieval_floor(n, A, theta), 0),
        source="urrutia2026heads, Retrieval; ours",
        reduction=Claim(
            given=(sp.Ge(sp.sin(p), 0), sp.Ge(sp.sin(q + (1 - share) * h), 0)),
            conclusion=sp.Le(sp.cos(p + q), sp.cos(p - q)),
        ),
    )


claim = sentence(sp.S.One)
neighbours = {
    "from a sixth of it": sentence(sp.Rational(1, 6)),
    "from no turn at all": sentence(sp.S.Zero),
}


def derive(claim: Claim) -> Evidence:
    """The lead of the rival in the reduction is 2·sin p·sin q."""
    return symbolic.certify(claim.reduced, lambda sp_, sq: 2 * sp_ * sq)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for p and q break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 4 and up to 5 letters."""
    return sampling.search(claim, {n: (2, 4), A: (2, 5)})
