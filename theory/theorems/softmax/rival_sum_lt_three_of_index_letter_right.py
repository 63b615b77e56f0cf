"""Soft one-plane Index, letter query, is right where one letter fills the rest only if Σ < 3.

Σ = Σ exp(−β(1 − cos tθ)) over 1 ≤ t ≤ n − 1. The query has its residual 1 and twice the weight w of
its place, the other letter twice the rest, 2(1 − w). So right on every input of length n is Σ < 3
(``index_letter_right_of_rival_sum_lt_three``).

Proof idea: w = 1/(1 + Σ), and 1 + 2w > 2(1 − w) is w > 1/4. Tight: Σ = 3 is a tie.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence
from theory.theorems.softmax.index_letter_right_of_rival_sum_lt_three import (
    beta,
    every,
    n,
    query,
    rivals,
    theta,
)
from theory.tightness import Tightness


def sentence(bound: sp.Rational, share: sp.Rational = sp.S.One) -> Claim:
    """If a rival with ``share`` of the rest is below the query, then Σ is below ``bound``."""
    rival = share * 2 * (1 - sp.exp(beta) / every)
    return Claim(
        given=(sp.Ge(n, 1), sp.Gt(query, rival)),
        conclusion=sp.Lt(rivals, bound),
        source="urrutia2026heads, App. B (Index), soft; ours",
    )


claim = sentence(sp.Integer(3))
neighbours = {
    "Σ < 2": sentence(sp.Integer(2)),
    "half of the rest": sentence(sp.Integer(3), share=sp.S.Half),
}
tightness = Tightness({n: 4, beta: 1, theta: 0})


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 8."""
    return sampling.search(claim, tightest=tightness)
