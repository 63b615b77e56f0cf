"""Soft one-plane Retrieval is above a rival letter on every proper input of length n if Σ < 1.

The target stands s back, ω = 2π/A, and its weight is e^{β·cos sθ} before normalising; the letter k
letters off adds e^{β·cos(kω + tθ)} at each of its places t ≠ s, and Σ is the sum of these over the
target's weight, over all t ≠ s. The input is any: ``b[u]`` is 1 where the letter stands at
t = (s + u) mod n and 0 elsewhere, or anything else up to 1. Right is a positive margin, whatever
normalises both: so the head is right on all inputs if Σ < 1 for all s and k. If Σ ≥ 1 it is not:
``rival_sum_lt_one_of_retrieval_right``.

Proof idea: each place adds at most its term of Σ. Tight: a rival that fills all other places.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence

n, A, s, k = sp.symbols("n A s k", integer=True)
u = sp.Symbol("u", integer=True)
b = sp.IndexedBase("b", real=True)
beta, theta = sp.symbols("beta theta", real=True)

own = sp.cos(s * theta)
other = sp.cos(2 * sp.pi * k / A + sp.Mod(s + u, n) * theta)
rivals = sp.Sum(sp.exp(-beta * (own - other)), (u, 1, n - 1))
sizes = {n: (1, 3), A: (2, 3), s: (0, 2), k: (1, 1)}


def sentence(allowed: int, share: int = 1) -> Claim:
    """Σ is less than ``allowed``, and a place counts up to ``share`` for the rival."""
    rival = sp.Sum(b[u] * sp.exp(beta * other), (u, 1, n - 1))
    return Claim(
        given=(
            sp.Ge(n, 1),
            sp.Ge(A, 1),
            ForEach(sp.Le(b[u], share), u, sp.S.One, n - 1),
            sp.Lt(rivals, allowed),
        ),
        conclusion=sp.Gt(sp.exp(beta * own) - rival, 0),
        source="urrutia2026heads, App. B (Retrieval), soft; ours",
    )


claim = sentence(1)
neighbours = {"Σ < 2": sentence(2), "places that count twice": sentence(1, share=2)}


def sample(claim: Claim) -> Evidence:
    """Search lengths and alphabets up to 3."""
    return sampling.search(claim, sizes)
