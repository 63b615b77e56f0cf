"""Soft one-plane Retrieval is above a rival letter that fills all other places only if Σ < 1.

The target stands s back, ω = 2π/A, and its weight is e^{β·cos sθ} before normalising; a letter k
letters off adds e^{β·cos(kω + tθ)} at every place t ≠ s, and Σ is the sum of these over the
target's weight. So right on every proper input of length n is Σ < 1 for all s and k
(``retrieval_right_of_rival_sum_lt_one``).

Proof idea: divide both weights by that of the target. Tight: Σ = 1 is a tie.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence
from theory.theorems.softmax.retrieval_right_of_rival_sum_lt_one import (
    A,
    beta,
    k,
    n,
    other,
    own,
    rivals,
    s,
    sizes,
    theta,
    u,
)
from theory.tightness import Tightness


def sentence(bound: sp.Rational, share: sp.Rational = sp.S.One) -> Claim:
    """If a rival with ``share`` of every place is below the target, then Σ is below ``bound``."""
    rival = share * sp.Sum(sp.exp(beta * other), (u, 1, n - 1))
    return Claim(
        given=(sp.Ge(n, 1), sp.Ge(A, 1), sp.Gt(sp.exp(beta * own), rival)),
        conclusion=sp.Lt(rivals, bound),
        source="urrutia2026heads, App. B (Retrieval), soft; ours",
    )


claim = sentence(sp.S.One)
neighbours = {
    "Σ < 1/2": sentence(sp.S.Half),
    "half of every place": sentence(sp.S.One, share=sp.S.Half),
}
tightness = Tightness({n: 2, A: 2, s: 0, k: 1, beta: 1, theta: sp.pi})


def sample(claim: Claim) -> Evidence:
    """Search lengths and alphabets up to 3."""
    return sampling.search(claim, sizes, tightness)
