"""A target leading n − 1 equal rivals by λ has weight ≥ 1 − ε only if βλ ≥ log((n−1)(1−ε)/ε).

n ≥ 2, 0 < ε < 1, any real β and λ. So much is enough, too: ``weight_ge_of_beta_ge``.

Proof idea: a weight of 1 − ε leaves each rival e^{−βλ} ≤ ε/((n − 1)(1 − ε)) of it. Tight: equal
where the weight is.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence
from theory.theorems.softmax.weight_ge_of_beta_ge import beta, eps, lead, n, threshold, weight
from theory.tightness import Tightness


def sentence(factor: sp.Rational = sp.S.One, more: sp.Rational = sp.S.Zero) -> Claim:
    """βλ exceeds ``factor`` times the threshold and ``more`` if the weight is 1 − ε."""
    return Claim(
        given=(*(sp.Ge(n, 2), sp.Gt(eps, 0), sp.Lt(eps, 1)), sp.Ge(weight, 1 - eps)),
        conclusion=sp.Ge(beta * lead, factor * threshold + more),
        source="velickovic2024softmax, nakanishi2025ssmax; ours",
    )


claim = sentence()
neighbours = {
    "twice the threshold": sentence(sp.Integer(2)),
    "one more": sentence(more=sp.S.One),
}
tightness = Tightness({n: 5, eps: sp.Rational(1, 5), lead: 1, beta: sp.log(16)})


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 20."""
    return sampling.search(claim, {n: (2, 20)}, tightness)
