"""Among A codes on a circle, some two are led by each other by at most 1 − cos(2π/A).

Codes are the angles φ of unit vectors in one NoPE plane, A ≥ 2; the lead is 1 − cos of their
difference. It is the floor of one-plane symbol matching, at any length.

Proof idea: sort the angles round the circle; the A gaps add up to 2π, so some gap is
p − q ≤ p + q = 2π/A with p and q in [0, π], and cos(p − q) − cos(p + q) = 2·sin p·sin q.
Tight: equally spaced codes.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

A = sp.Symbol("A", integer=True)
a, u = sp.symbols("a u", integer=True)
phi = sp.IndexedBase("phi", real=True)
p, q = sp.symbols("p q", real=True)


def sentence(extra: sp.Rational) -> Claim:
    """The bound 1 − cos(2π/(A + extra))."""
    lead = 1 - sp.cos(phi[sp.Mod(a + u, A)] - phi[a])
    return Claim(
        given=(sp.Ge(A, 2),),
        conclusion=sp.Le(
            Least(lead, (u, 1, A - 1), (a, 0, A - 1)), 1 - sp.cos(2 * sp.pi / (A + extra))
        ),
        source="ours",
        reduction=Claim(
            given=(sp.Ge(sp.sin(p), 0), sp.Ge(sp.sin(q), 0)),
            conclusion=sp.Le(1 - sp.cos(p - q), 1 - sp.cos(p + q - extra * p)),
        ),
    )


claim = sentence(sp.S.Zero)
neighbours = {"A + 1 for A": sentence(sp.S.One), "A + 1/2 for A": sentence(sp.S.Half)}
tightness = Tightness({A: 3, **{phi[i]: 2 * sp.pi * i / 3 for i in range(3)}})


def derive(claim: Claim) -> Evidence:
    """The smallest gap leads by 2·sin p·sin q less than 2π/A would."""
    return symbolic.certify(claim.reduced, lambda sp_, sq: 2 * sp_ * sq)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for p and q break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to six codes."""
    return sampling.search(claim, {A: (2, 6)}, tightness)
