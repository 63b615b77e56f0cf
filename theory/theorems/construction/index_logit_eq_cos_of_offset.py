"""One-plane Index: the logit at distance t for the query of integer i is cos((t − i)θ).

The query of i is v turned by −iθ, every key is v = (a, b); the logit is |v|²·cos((t − i)θ),
at any real θ. A letter's query is v itself, i = 0. With i = 1: the previous token.

Proof idea: expand with the angle-addition formulas. Tight: an equation.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import rotation, score

a, b, i, t, theta = sp.symbols("a b i t theta", real=True)


def sentence(turn: sp.Expr, offset: sp.Expr) -> Claim:
    """The query turned by ``turn``·θ looks ``offset`` away."""
    v = sp.Matrix([a, b])
    return Claim(
        conclusion=sp.Eq(
            score(rotation(turn * theta) * v, v, t * theta),
            v.dot(v) * sp.cos(offset * theta),
            evaluate=False,
        ),
        source="urrutia2026heads, Index construction",
    )


claim = sentence(-i, t - i)
neighbours = {
    "the query turned forwards": sentence(i, t - i),
    "an offset off by one": sentence(-i, t - i + 1),
}


def derive(claim: Claim) -> Evidence:
    """Expand both sides."""
    return symbolic.vanish(claim)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for tθ and iθ break it."""
    return smt.refute(claim)


def sample(claim: Claim) -> Evidence:
    """Search all reals."""
    return sampling.search(claim)
