"""Absolute index: with θ = π/n the logit at position p for the query of j is cos((p − j)π/n).

The query of j, at the last position n, is v turned by (j − n)θ; every key is v = (a, b), and
the key at p stands n − p away. The logit is |v|²·cos((p − j)π/n), for all real p and j.

Proof idea: the turns add up to (j − p)θ, and the cosine is even. In the reduction θ = π/n
is any angle and n any real, so n and p may be counted from j. Tight: an equation.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import rotation, score

n = sp.Symbol("n", integer=True)
a, b, j, p, size, theta = sp.symbols("a b j p n theta", real=True)


def sentence(offset: sp.Expr) -> Claim:
    """The phase is ``offset``·π/n."""
    v = sp.Matrix([a, b])

    def relation(length: sp.Expr, angle: sp.Expr) -> sp.Eq:
        query = rotation((j - length) * angle) * v
        return sp.Eq(
            score(query, v, (length - p) * angle),
            v.dot(v) * sp.cos(offset * angle),
            evaluate=False,
        )

    return Claim(
        given=(sp.Ge(n, 1),),
        conclusion=relation(n, sp.pi / n),
        source="urrutia2025decoupling, absolute index (f_POS)",
        reduction=Claim(conclusion=relation(size, theta)),
    )


claim = sentence(p - j)
neighbours = {
    "one position off": sentence(p - j + 1),
    "half the offset": sentence((p - j) / 2),
}


def derive(claim: Claim) -> Evidence:
    """Expand both sides at any angle."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """With n and p counted from j, no points on the unit circle for nθ and pθ break it."""
    return smt.refute(claim.reduced.at({j: 0}))


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 8."""
    return sampling.search(claim, {n: (1, 8)})
