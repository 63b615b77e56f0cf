"""A head none of whose planes turns is symbolic.

m planes with θ = 0 (NoPE). The key content (c, d) meets the query (a, b) at the offsets s
and t, any reals: the two logits are equal.

Proof idea: put θ = 0 into one plane; the offset goes with it. Equal in each plane, the
logits are equal.
"""

import sympy as sp

from theory.claim import Claim, summed
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import score

m = sp.Symbol("m", integer=True)
a, b, c, d, s, t, theta = sp.symbols("a b c d s t theta", real=True)


def sentence(angle: int, factor: int = 1) -> Claim:
    """With every θ = ``angle``, the logit at t is ``factor`` times the logit at s."""
    query, key = sp.Matrix([a, b]), sp.Matrix([c, d])
    plane = Claim(
        given=(sp.Eq(theta, angle, evaluate=False),),
        conclusion=sp.Eq(
            score(query, key, theta * t), factor * score(query, key, theta * s), evaluate=False
        ),
        source="urrutia2025decoupling, NoPE heads are symbolic",
    )
    return summed(plane, over=(a, b, c, d, theta), size=m)


claim = sentence(0)
neighbours = {
    "planes that turn": sentence(1),
    "the logit doubles": sentence(0, 2),
}


def derive(claim: Claim) -> Evidence:
    """Put the angle into one plane."""
    plane = claim.reduced
    return symbolic.vanish(
        plane.at({g.lhs: int(g.rhs) for g in plane.given if isinstance(g, sp.Eq)})
    )


def decide(claim: Claim) -> Evidence:
    """With the angle put in, no contents break it in one plane."""
    plane = claim.reduced
    return smt.refute(plane.at({g.lhs: int(g.rhs) for g in plane.given if isinstance(g, sp.Eq)}))


def sample(claim: Claim) -> Evidence:
    """Search up to three planes."""
    return sampling.search(claim, {m: (1, 3)})
