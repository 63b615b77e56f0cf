"""A sum of least values that are linear in a ratio is least at one of the ratio's ends.

n positions with m choices each; at position j the choice i adds A_ji + ρ·B_ji, lo ≤ ρ ≤ hi. The sum
over positions of the least terms, as a function of ρ, is nowhere below the lower of its two ends.
One ratio at a time, it is least over a box at a corner: so a certificate of several heads bounds a
box of ratios by its corners.

Proof idea: a minimum of linear functions is concave, and so is a sum of such. Tight: at the ends.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

m, n = sp.symbols("m n", integer=True)
i, j = sp.symbols("i j", integer=True)
rho, low, high = sp.symbols("rho lo hi", real=True)
A, B = (sp.IndexedBase(name, real=True) for name in "AB")


def sentence(power: int, more: sp.Rational = sp.S.Zero) -> Claim:
    """ρ stands with the exponent ``power``, up to ``more`` beyond its end."""

    def total(ratio: sp.Expr) -> sp.Expr:
        return sp.Sum(Least(A[j, i] + ratio**power * B[j, i], (i, 1, m)), (j, 1, n))

    return Claim(
        given=(sp.Ge(n, 0), sp.Ge(m, 1), sp.Ge(rho, low), sp.Le(rho, high + more)),
        conclusion=sp.Ge(total(rho), sp.Min(total(low), total(high)), evaluate=False),
        source="ours; what certificates of models with several heads rest on",
    )


claim = sentence(1)
neighbours = {"squares": sentence(2), "one beyond the end": sentence(1, more=sp.S.One)}
tightness = Tightness({n: 1, m: 1, A[1, 1]: 1, B[1, 1]: 1, rho: 1, low: 1, high: 2})


def sample(claim: Claim) -> Evidence:
    """Search up to two positions with up to two choices."""
    return sampling.search(claim, {n: (0, 2), m: (1, 2)}, tightness)
