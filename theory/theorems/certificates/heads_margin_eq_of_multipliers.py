"""The margin of several heads is one sum over positions, for any multipliers: Lagrange's identity.

Head h gives n positions the weights w_h and the values V_h; with Z_h = Σ w_h > 0 and ρ_h = Z_0/Z_h,
Z_0 times the margin Σ_h Σ w_h·V_h/Z_h is Σ over positions of w_0(V_0 + Σ μ_h) + Σ ρ_h·w_h(V_h −
μ_h), h from 1 to H. So for ρ in a box and any μ a least value over inputs is found position by
position (``heads_least_ge_of_corners``). The search chooses μ.

Proof idea: ρ_h·Σ w_h = Z_0, so what μ_h adds for head 0 it takes off for head h. Tight: an
equation.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence

H, n = sp.symbols("H n", integer=True)
h, t = sp.symbols("h t", integer=True)
V, mu, w = (sp.IndexedBase(name, real=True) for name in ("V", "mu", "w"))


def sentence(ahead: sp.Rational, ratio: int = 1) -> Claim:
    """Head 0 gains ``ahead`` times the multipliers, and ρ is ``ratio``·Z_0/Z_h."""

    def total(term: sp.Expr) -> sp.Expr:
        return sp.Sum(term, (t, 1, n))

    first = total(w[0, t])
    each = total(w[h, t])
    lead = w[0, t] * (V[0, t] + ahead * sp.Sum(mu[h], (h, 1, H)))
    others = sp.Sum(ratio * first / each * w[h, t] * (V[h, t] - mu[h]), (h, 1, H))
    return Claim(
        given=(sp.Ge(H, 0), sp.Ge(n, 1), ForEach(sp.Gt(each, 0), h, sp.S.Zero, H)),
        conclusion=sp.Eq(
            first * sp.Sum(total(w[h, t] * V[h, t]) / each, (h, 0, H)),
            total(lead + others),
            evaluate=False,
        ),
        source="ours; what certificates of models with several heads rest on",
    )


claim = sentence(sp.S.One)
neighbours = {
    "the multipliers left out for head 0": sentence(sp.S.Zero),
    "twice the ratio": sentence(sp.S.One, ratio=2),
}


def sample(claim: Claim) -> Evidence:
    """Search up to two further heads and two positions."""
    return sampling.search(claim, {H: (0, 2), n: (1, 2)})
