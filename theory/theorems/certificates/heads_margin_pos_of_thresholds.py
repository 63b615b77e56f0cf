"""Heads that are each above a threshold, with thresholds that add up to 0 or more, are right.

A model of several heads has the margin Σ N_h/Z_h, Z_h > 0 what the weights of head h add up to and
N_h what its positions add to the margin by weight. If N_h > t_h·Z_h on every input for each h, and
Σ t_h ≥ 0, then the margin is positive on every input: one head at a time is bounded.

Proof idea: N_h/Z_h > t_h; add up. Tight: every head at its threshold is a tie.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

H = sp.Symbol("H", integer=True)
h = sp.Symbol("h", integer=True)
N, Z, t = (sp.IndexedBase(name, real=True) for name in ("N", "Z", "t"))


def sentence(total: int, weight: int = 1) -> Claim:
    """The thresholds add up to ``total`` or more, and the first counts ``weight`` times."""
    return Claim(
        given=(
            sp.Ge(H, 1),
            ForEach(sp.Gt(Z[h], 0), h, sp.S.One, H),
            ForEach(sp.Gt(N[h], t[h] * Z[h]), h, sp.S.One, H),
            sp.Ge(sp.Sum(t[h], (h, 1, H)) + (weight - 1) * t[1], total),
        ),
        conclusion=sp.Gt(sp.Sum(N[h] / Z[h], (h, 1, H)), 0),
        source="ours; what certificates of models with several heads rest on",
    )


claim = sentence(0)
neighbours = {
    "thresholds that add up to −1": sentence(-1),
    "one counted twice": sentence(0, 2),
}


high, low = sp.Rational(11, 10), -sp.Rational(19, 10)
apart = {H: 2, t[1]: 1, t[2]: -2, Z[1]: 1, Z[2]: 1, N[1]: high, N[2]: low}


def sample(claim: Claim) -> Evidence:
    """Search up to three heads, after two thresholds that add up to −1."""
    return sampling.search(claim, {H: (1, 3)}, Tightness(apart))
