"""A plane that does not turn scores the same at every offset: query times key.

θ = 0 is called NoPE. The offset t is any real, the contents (a, b) and (c, d) too.

Proof idea: put θ = 0 in; cos 0 = 1 and sin 0 = 0.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import score

a, b, c, d, t, theta = sp.symbols("a b c d t theta", real=True)


def sentence(angle: int, sign: int = 1) -> Claim:
    """At θ = ``angle`` the score is a·c + ``sign``·b·d."""
    return Claim(
        given=(sp.Eq(theta, angle, evaluate=False),),
        conclusion=sp.Eq(
            score(sp.Matrix([a, b]), sp.Matrix([c, d]), theta * t),
            a * c + sign * b * d,
            evaluate=False,
        ),
        source="su2021roformer, eq. 15 at θ = 0; urrutia2025decoupling",
    )


claim = sentence(0)
neighbours = {
    "a plane that turns": sentence(1),
    "the conjugate product": sentence(0, -1),
}


def derive(claim: Claim) -> Evidence:
    """Put the angle in and expand."""
    return symbolic.vanish(
        claim.at({g.lhs: int(g.rhs) for g in claim.given if isinstance(g, sp.Eq)})
    )


def decide(claim: Claim) -> Evidence:
    """With the angle put in, no contents break it."""
    return smt.refute(claim.at({g.lhs: int(g.rhs) for g in claim.given if isinstance(g, sp.Eq)}))


def sample(claim: Claim) -> Evidence:
    """Search with the angle put in."""
    return sampling.search(claim)
