"""Where the bias counts against a margin, Σ w·K + B·|Σ w·τ| is at least the sum of w·(K + B·|τ|).

n positions with weights w ≥ 0, values that move the margin by K, centred values τ of width d, and
B ≤ 0. By ``margin_eq_of_norm_and_bias`` the left side has the margin's sign; on the right each
position has a share of its own, so its least value over all inputs is found position by position.

Proof idea: the norm of a sum is at most the sum of the norms. Tight: one position, or values τ in
one direction.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

d, n = sp.symbols("d n", integer=True)
i, j = sp.symbols("i j", integer=True)
B = sp.Symbol("B", real=True)
K, tau, w = (sp.IndexedBase(name, real=True) for name in ("K", "tau", "w"))


def sentence(share: sp.Rational) -> Claim:
    """Each position's share holds ``share``·B·|τ|."""
    square = sp.Sum(sp.Sum(w[j] * tau[j, i], (j, 1, n)) ** 2, (i, 1, d))
    norm = sp.sqrt(sp.Sum(tau[j, i] ** 2, (i, 1, d)))
    return Claim(
        given=(
            sp.Ge(n, 1),
            sp.Ge(d, 1),
            sp.Le(B, 0),
            ForEach(sp.Ge(w[j], 0), j, sp.S.One, n),
        ),
        conclusion=sp.Ge(
            sp.Sum(w[j] * K[j], (j, 1, n)) + B * sp.sqrt(square),
            sp.Sum(w[j] * (K[j] + share * B * norm), (j, 1, n)),
            evaluate=False,
        ),
        source="ours; what certificates of models with LayerNorm bias rest on",
    )


claim = sentence(sp.S.One)
neighbours = {
    "half the norm": sentence(sp.S.Half),
    "the norm forgotten": sentence(sp.S.Zero),
    "its sign turned": sentence(sp.S.NegativeOne),
}
tightness = Tightness({n: 1, d: 1, w[1]: 1, K[1]: 2, tau[1, 1]: 1, B: -1})


def sample(claim: Claim) -> Evidence:
    """Search up to three positions of width up to two."""
    return sampling.search(claim, {n: (1, 3), d: (1, 2)}, tightness)
