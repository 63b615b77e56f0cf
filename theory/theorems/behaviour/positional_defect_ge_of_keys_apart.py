"""A one-plane head is positional on two contents only if their keys agree, or it hardly turns.

The query (a, b) meets the contents' keys (c, d) and (e, f) at the distances t and t + 1, t any
real. The squared differences of the two logits add up to at least (1 − |cos θ|)·|q|²·|k − k'|². So
a head with equal logits for both contents at two successive distances has equal keys, or its query
is 0, or θ is a multiple of π. Equal keys are enough: ``positional_of_equal_keys``.

Proof idea: the differences are the projections of k − k' on two directions an angle θ apart, each
|q| long. Tight: at every θ, for some difference of the keys.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence
from theory.rotary import score
from theory.tightness import Tightness

a, b, c, d, e, f, t, theta = sp.symbols("a b c d e f t theta", real=True)
query, first, second = sp.Matrix([a, b]), sp.Matrix([c, d]), sp.Matrix([e, f])


def sentence(share: sp.Rational, apart: int = 1) -> Claim:
    """At the distances t and t + ``apart``, ``share`` of the bound."""

    def defect(distance: sp.Expr) -> sp.Expr:
        angle = theta * distance
        return (score(query, first, angle) - score(query, second, angle)) ** 2

    length = (a**2 + b**2) * ((c - e) ** 2 + (d - f) ** 2)
    return Claim(
        conclusion=sp.Ge(
            defect(t) + defect(t + apart), share * (1 - sp.Abs(sp.cos(theta))) * length
        ),
        source="urrutia2025decoupling, constant keys are positional; converse ours",
    )


claim = sentence(sp.S.One)
neighbours = {
    "a tenth more": sentence(sp.Rational(11, 10)),
    "the same distance twice": sentence(sp.S.One, apart=0),
}
tightness = Tightness({a: 1, b: 0, c: 1, d: 1, e: 0, f: 2, t: 0, theta: sp.pi / 2})


def sample(claim: Claim) -> Evidence:
    """Search keys and angles of either sign."""
    return sampling.search(claim, {}, tightness)
