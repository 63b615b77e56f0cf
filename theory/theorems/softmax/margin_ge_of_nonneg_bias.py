"""Where the bias counts for a margin, Σ w·K + B·|Σ w·τ| is at least the sum of w·(K + B·ρ·τ).

n positions with weights w ≥ 0, values that move the margin by K, centred values τ of width d,
B ≥ 0, and any direction ρ with |ρ| ≤ 1. By ``margin_eq_of_norm_and_bias`` the left side has the
margin's sign; on the right each position has a share of its own, so its least value over all inputs
is found position by position. The search chooses ρ.

Proof idea: |ρ|·|Σ w·τ| is at least ρ·Σ w·τ. Tight: ρ in the direction of Σ w·τ.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

d, n = sp.symbols("d n", integer=True)
i, j = sp.symbols("i j", integer=True)
B = sp.Symbol("B", real=True)
K, rho, tau, w = (sp.IndexedBase(name, real=True) for name in ("K", "rho", "tau", "w"))


def sentence(share: sp.Rational) -> Claim:
    """Each position's share holds ``share``·B·ρ·τ."""
    square = sp.Sum(sp.Sum(w[j] * tau[j, i], (j, 1, n)) ** 2, (i, 1, d))
    along = sp.Sum(rho[i] * tau[j, i], (i, 1, d))
    return Claim(
        given=(
            sp.Ge(n, 1),
            sp.Ge(d, 1),
            sp.Ge(B, 0),
            ForEach(sp.Ge(w[j], 0), j, sp.S.One, n),
            sp.Le(sp.Sum(rho[i] ** 2, (i, 1, d)), 1),
        ),
        conclusion=sp.Ge(
            sp.Sum(w[j] * K[j], (j, 1, n)) + B * sp.sqrt(square),
            sp.Sum(w[j] * (K[j] + share * B * along), (j, 1, n)),
            evaluate=False,
        ),
        source="ours; what certificates of models with LayerNorm bias rest on",
    )


claim = sentence(sp.S.One)
neighbours = {
    "a tenth more": sentence(sp.Rational(11, 10)),
    "counted twice": sentence(sp.Integer(2)),
}
tightness = Tightness({n: 1, d: 1, w[1]: 1, K[1]: 1, tau[1, 1]: 1, rho[1]: 1, B: 1})


def sample(claim: Claim) -> Evidence:
    """Search up to three positions of width up to two."""
    return sampling.search(claim, {n: (1, 3), d: (1, 2)}, tightness)
