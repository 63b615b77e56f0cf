"""One-plane Index: a longer reach never widens the gap, g(M + 1) ≤ g(M).

g(M) = min over 1 ≤ t ≤ M of 1 − cos tθ, at any real θ and M ≥ 1. So the floor, with M = n − 1,
does not grow with the length n, and no gap exceeds that at half the length.

Proof idea: the minimum of G = g(M) and one more number x is at most G.
Tight: whenever the new rival does not come closer than the old ones.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import index_gap
from theory.engines import sampling, smt
from theory.evidence import Evidence
from theory.tightness import Tightness

M = sp.Symbol("M", integer=True)
theta = sp.Symbol("theta", real=True)
G, x = sp.symbols("G x", real=True)


def sentence(near: sp.Expr, far: sp.Expr) -> Claim:
    """The gap at reach ``far`` is at most the gap at reach ``near``."""
    before, after = (G, sp.Min(G, x)) if far == M + 1 else (sp.Min(G, x), G)
    return Claim(
        given=(sp.Ge(M, 1),),
        conclusion=sp.Le(index_gap(far, theta), index_gap(near, theta)),
        source="urrutia2026heads, Def. 3.1; ours",
        reduction=Claim(conclusion=sp.Le(after, before, evaluate=False)),
    )


claim = sentence(M, M + 1)
neighbours = {"the other way round": sentence(M + 1, M)}
tightness = Tightness({M: 2, theta: 1})


def decide(claim: Claim) -> Evidence:
    """No two numbers have a minimum above the first."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search M up to 12."""
    return sampling.search(claim, {M: (1, 12)}, tightness)
