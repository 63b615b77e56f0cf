"""Soft one-plane Index, integer query i, is above the residual of the query only if Σ < 1.

Σ = Σ exp(−β(1 − cos tθ)) over −i ≤ t ≤ n − 1 − i but t = 0, 0 ≤ i ≤ n − 1. Where its letter stands
at no other place the target has twice its weight w, and the query's own token has its residual 1:
so right on one such input of length n is Σ < 1, and then the head is right on all of length n:
``index_right_of_rival_sum_lt_one``.

Proof idea: w = 1/(1 + Σ). Tight: Σ = 1 is a tie.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence
from theory.theorems.softmax.index_right_of_rival_sum_lt_one import (
    beta,
    i,
    n,
    rivals,
    target,
    theta,
)
from theory.tightness import Tightness


def sentence(bound: sp.Rational, residual: sp.Rational = sp.S.One) -> Claim:
    """If the target is above ``residual``, then Σ is below ``bound``."""
    return Claim(
        given=(sp.Ge(n, 1), sp.Ge(i, 0), sp.Le(i, n - 1), sp.Gt(target, residual)),
        conclusion=sp.Lt(rivals, bound),
        source="urrutia2026heads, App. B (Index), soft; ours",
    )


claim = sentence(sp.S.One)
neighbours = {
    "Σ < 1/2": sentence(sp.S.Half),
    "above a residual of 1/2": sentence(sp.S.One, residual=sp.S.Half),
}
tightness = Tightness({n: 2, i: 0, beta: 1, theta: 0})


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 4, every query."""
    return sampling.search(claim, {n: (1, 4), i: (0, 3)}, tightness)
