"""A rotary rotation keeps the length of every vector.

In each of the m planes the vector (x, y) is turned by its own angle t, in radians.

Proof idea: plane by plane, expand; sin² + cos² = 1 does the rest. Lengths over all
planes are sums of lengths in one.
"""

import sympy as sp

from theory.claim import Claim, summed
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import rotation

m = sp.Symbol("m", integer=True)
t, x, y = sp.symbols("t x y", real=True)


def sentence(turn: sp.Matrix) -> Claim:
    """Squared length after ``turn`` equals squared length before."""
    before = sp.Matrix([x, y])
    after = turn * before
    plane = Claim(
        conclusion=sp.Eq(after.dot(after), before.dot(before), evaluate=False),
        source="su2021roformer, §3.2",
    )
    return summed(plane, over=(t, x, y), size=m)


claim = sentence(rotation(t))

flipped = sp.Matrix([[sp.cos(t), sp.sin(t)], [sp.sin(t), sp.cos(t)]])
neighbours = {
    "one sine's sign flipped": sentence(flipped),
    "twice the rotation": sentence(2 * rotation(t)),
}


def derive(claim: Claim) -> Evidence:
    """Expand in one plane."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No unit pair (cos t, sin t) and no (x, y) break it in one plane."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to three planes."""
    return sampling.search(claim, {m: (1, 3)})
