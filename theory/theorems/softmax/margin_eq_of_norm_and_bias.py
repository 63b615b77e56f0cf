"""Before a LayerNorm with bias, the sign of a margin is that of Σ w·K + B·|Σ w·τ|.

n positions with weights w > 0 before normalising, values that move the margin by K, and centred
values τ of width d. The head writes the mean x of τ under the weights w/Σ w; the LayerNorm divides
the margin by |x|, and its bias adds B. Then the margin is (Σ w·K + B·|Σ w·τ|)/|Σ w·τ|: the sum of
the weights drops out. So a certificate reads the sign off sums over positions, B < 0 or B > 0.

Proof idea: the sum of the weights leaves Σ w·K/Σ w and the norm by the same factor.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence

d, n = sp.symbols("d n", integer=True)
i, j, t = sp.symbols("i j t", integer=True)
B = sp.Symbol("B", real=True)
K, tau, w = (sp.IndexedBase(name, real=True) for name in ("K", "tau", "w"))


def sentence(bias: sp.Rational) -> Claim:
    """The sign is said to be that of Σ w·K + ``bias``·B·|Σ w·τ|."""
    total = sp.Sum(w[t], (t, 1, n))
    square = sp.Sum(sp.Sum(w[j] * tau[j, i], (j, 1, n)) ** 2, (i, 1, d))
    written = sp.Sum(sp.Sum(w[j] / total * tau[j, i], (j, 1, n)) ** 2, (i, 1, d))
    moved = sp.Sum(w[j] / total * K[j], (j, 1, n))
    signed = sp.Sum(w[j] * K[j], (j, 1, n)) + bias * B * sp.sqrt(square)
    return Claim(
        given=(
            sp.Ge(n, 1),
            sp.Ge(d, 1),
            ForEach(sp.Gt(w[j], 0), j, sp.S.One, n),
            sp.Gt(square, 0),
        ),
        conclusion=sp.Eq(moved / sp.sqrt(written) + B, signed / sp.sqrt(square), evaluate=False),
        source="ours; what certificates of models with LayerNorm bias rest on",
    )


claim = sentence(sp.S.One)
neighbours = {
    "the bias forgotten": sentence(sp.S.Zero),
    "its sign turned": sentence(sp.S.NegativeOne),
    "counted twice": sentence(sp.Integer(2)),
}


def sample(claim: Claim) -> Evidence:
    """Search up to three positions of width up to two."""
    return sampling.search(claim, {n: (1, 3), d: (1, 2)})
