"""Moving all positions by the same amount s changes no rotary score.

The query stands at i and the key at j before, at i + s and j + s after, in each of m
planes; positions are any reals. A head sees no beginning of the sequence.

Proof idea: plane by plane, expand; the terms in sθ gather to sin² + cos² = 1. The query
turned by iθ and the key turned by jθ are again any vectors, so i = j = 0 is no loss.
"""

import sympy as sp

from theory.claim import Claim, summed
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import rotation

m = sp.Symbol("m", integer=True)
i, j, s, a, b, c, d, theta = sp.symbols("i j s a b c d theta", real=True)


def sentence(shift: sp.Expr) -> Claim:
    """The score is the same when the query moves by s and the key by ``shift``."""
    query, key = sp.Matrix([a, b]), sp.Matrix([c, d])
    plane = Claim(
        conclusion=sp.Eq(
            (rotation((j + shift) * theta) * key).dot(rotation((i + s) * theta) * query),
            (rotation(j * theta) * key).dot(rotation(i * theta) * query),
            evaluate=False,
        ),
        source="su2021roformer, eq. 16",
    )
    return summed(plane, over=(a, b, c, d, theta), size=m)


claim = sentence(s)
neighbours = {
    "the query moves alone": sentence(sp.S.Zero),
    "the key moves one farther": sentence(s + 1),
}


def derive(claim: Claim) -> Evidence:
    """Expand both sides in one plane."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """With the turns by iθ and jθ taken into the vectors, no turn by sθ breaks it."""
    return smt.refute(claim.reduced.at({i: 0, j: 0}))


def sample(claim: Claim) -> Evidence:
    """Search up to two planes."""
    return sampling.search(claim, {m: (1, 2)})
