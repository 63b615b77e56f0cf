"""Soft one-plane Index, letter query, is right on every input of length n if Σ < 3.

Σ = Σ exp(−β(1 − cos tθ)) over 1 ≤ t ≤ n − 1; the logits are β·cos tθ at distances t. The query must
return itself: it has its residual 1 and twice the weight of its place, or of more places. A rival
has twice the weight of its own: ``v[t]`` is 1 where it stands at distance t and 0 elsewhere, or
anything else up to 1. The query is above every rival. If Σ ≥ 3 it is not:
``rival_sum_lt_three_of_index_letter_right``.

Proof idea: w = 1/(1 + Σ) > 1/4, and a rival has at most 2(1 − w) < 1 + 2w. Tight: a rival that
fills all other places has just that.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence

n, t = sp.symbols("n t", integer=True)
beta, theta = sp.symbols("beta theta", real=True)
v = sp.IndexedBase("v", real=True)
mass = sp.exp(beta * sp.cos(t * theta))
every = sp.Sum(mass, (t, 0, n - 1))
rivals = sp.Sum(sp.exp(-beta * (1 - sp.cos(t * theta))), (t, 1, n - 1))
query = 1 + 2 * sp.exp(beta) / every


def sentence(allowed: int, share: int = 1) -> Claim:
    """Σ is less than ``allowed``, and a place counts up to ``share`` for a rival."""
    rival = 2 * sp.Sum(v[t] * mass, (t, 1, n - 1)) / every
    return Claim(
        given=(
            sp.Ge(n, 1),
            ForEach(sp.Le(v[t], share), t, sp.S.One, n - 1),
            sp.Lt(rivals, allowed),
        ),
        conclusion=sp.Gt(query - rival, 0),
        source="urrutia2026heads, App. B (Index), soft; ours",
    )


claim = sentence(3)
neighbours = {"Σ < 6": sentence(6), "places that count four times": sentence(3, share=4)}


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 8."""
    return sampling.search(claim)
