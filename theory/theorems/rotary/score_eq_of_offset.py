"""Rotary scores depend on positions only through their offset.

With the query turned by iθ and the key by jθ in each of m planes, the score equals that
of the query turned by (i − j)θ and the key not at all. Hence a common shift of all
positions changes nothing.

Proof idea: plane by plane, expand both sides with the angle-addition formulas.
"""

import sympy as sp

from theory.claim import Claim, summed
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import rotation, score

m = sp.Symbol("m", integer=True)
i, j, a, b, c, d, theta = sp.symbols("i j a b c d theta", real=True)


def sentence(offset: sp.Expr) -> Claim:
    """Turning query and key by their positions is turning the query by ``offset``."""
    query, key = sp.Matrix([a, b]), sp.Matrix([c, d])
    plane = Claim(
        conclusion=sp.Eq(
            (rotation(j * theta) * key).dot(rotation(i * theta) * query),
            score(query, key, offset * theta),
            evaluate=False,
        ),
        source="su2021roformer, eq. 16",
    )
    return summed(plane, over=(a, b, c, d, theta), size=m)


claim = sentence(i - j)
neighbours = {
    "the offset turned round": sentence(j - i),
    "the sum of positions": sentence(i + j),
    "an offset off by one": sentence(i - j + 1),
}


def derive(claim: Claim) -> Evidence:
    """Expand both sides in one plane; their difference simplifies to zero."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for iθ and jθ break it in one plane."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to three planes."""
    return sampling.search(claim, {m: (1, 3)})
