"""Rotary rotations compose: turning by b and then by a is turning by a + b.

In each of the m planes the angles a, b are any reals, in radians. Two matrices are equal
when they send every vector (x, y) to the same place, as seen by every vector (u, w).

Proof idea: plane by plane, the angle-addition formulas.
"""

import sympy as sp

from theory.claim import Claim, summed
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import rotation

m = sp.Symbol("m", integer=True)
a, b, u, w, x, y = sp.symbols("a b u w x y", real=True)


def sentence(total: sp.Expr) -> Claim:
    """The composition is the turn by ``total``."""
    seen_by, vector = sp.Matrix([u, w]), sp.Matrix([x, y])
    plane = Claim(
        conclusion=sp.Eq(
            seen_by.dot(rotation(a) * rotation(b) * vector),
            seen_by.dot(rotation(total) * vector),
            evaluate=False,
        ),
        source="su2021roformer, eq. 16",
    )
    return summed(plane, over=(a, b, u, w, x, y), size=m)


claim = sentence(a + b)
neighbours = {
    "the difference of the angles": sentence(a - b),
    "one turn forgotten": sentence(a),
    "the sum turned round": sentence(-a - b),
}


def derive(claim: Claim) -> Evidence:
    """Expand both sides in one plane."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for a and b break it in one plane."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to three planes."""
    return sampling.search(claim, {m: (1, 3)})
