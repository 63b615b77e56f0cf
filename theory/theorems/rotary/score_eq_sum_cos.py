"""A rotary score is a sum of cosines of the offset, one for each plane.

A query of length Q and angle a, and a key of length K and angle b, in a plane with
angle θ per position, contribute Q·K·cos(θt + a − b) at offset t = i − j. The lengths
and phases of m planes are arbitrary.

Proof idea: plane by plane, in polar coordinates, the angle-addition formula.
"""

import sympy as sp

from theory.claim import Claim, summed
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import score

m = sp.Symbol("m", integer=True)
t, a, b, K, Q, theta = sp.symbols("t a b K Q theta", real=True)


def sentence(phase: sp.Expr) -> Claim:
    """Each plane contributes a cosine of ``phase``."""
    query = Q * sp.Matrix([sp.cos(a), sp.sin(a)])
    key = K * sp.Matrix([sp.cos(b), sp.sin(b)])
    plane = Claim(
        conclusion=sp.Eq(score(query, key, theta * t), Q * K * sp.cos(phase), evaluate=False),
        source="su2021roformer, §3.4.3; urrutia2026heads, App. C",
    )
    return summed(plane, over=(a, b, K, Q, theta), size=m)


claim = sentence(theta * t + a - b)
neighbours = {
    "the turning direction reversed": sentence(-theta * t + a - b),
    "the phases exchanged": sentence(theta * t + b - a),
    "an offset off by one": sentence(theta * (t + 1) + a - b),
}


def derive(claim: Claim) -> Evidence:
    """Expand both sides in one plane."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for a, b and θt break it in one plane."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to three planes."""
    return sampling.search(claim, {m: (1, 3)})
