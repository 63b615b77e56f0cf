"""Soft one-plane Index, integer query i, is right on every input of length n if Σ < 1.

Σ = Σ exp(−β(1 − cos tθ)) over −i ≤ t ≤ n − 1 − i but t = 0; the logits are β·cos((t − i)θ) at
distances t, 0 ≤ i ≤ n − 1. A letter has twice the weight of the places where it stands; the
query's own token has 1, its residual. The input is any: ``v[t]`` is 1 where a rival letter stands
at distance t and 0 elsewhere, or anything else up to 1; it does not stand at the target. The
target, 2w or more, is above the residual and above every rival. If Σ ≥ 1 it is not: see
``rival_sum_lt_one_of_index_right``.

Proof idea: w = 1/(1 + Σ) > 1/2, and a rival has at most twice the rest, 2(1 − w). Tight: a rival
that fills all other places has just that.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence

i, n, t = sp.symbols("i n t", integer=True)
beta, theta = sp.symbols("beta theta", real=True)
v = sp.IndexedBase("v", real=True)
mass = sp.exp(beta * sp.cos((t - i) * theta))
every = sp.Sum(mass, (t, 0, n - 1))
rivals = sp.Sum(sp.exp(-beta * (1 - sp.cos(t * theta))), (t, -i, n - 1 - i)) - 1
target = 2 * sp.exp(beta) / every


def sentence(allowed: int, share: int = 1) -> Claim:
    """Σ is less than ``allowed``, and a place counts up to ``share`` for a rival."""
    rival = 2 * sp.Sum(v[t] * mass, (t, 0, n - 1)) / every
    return Claim(
        given=(
            sp.Ge(i, 0),
            sp.Le(i, n - 1),
            sp.Eq(v[i], 0, evaluate=False),
            ForEach(sp.Le(v[t], share), t, sp.S.Zero, n - 1),
            sp.Lt(rivals, allowed),
        ),
        conclusion=sp.Gt(sp.Min(target - 1, target - rival), 0),
        source="urrutia2026heads, App. B (Index), soft; ours",
    )


claim = sentence(1)
neighbours = {"Σ < 3": sentence(3), "places that count four times": sentence(1, share=4)}


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 4, every query."""
    return sampling.search(claim, {n: (1, 4), i: (0, 3)})
