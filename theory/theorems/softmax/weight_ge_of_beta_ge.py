"""A target leading n − 1 equal rivals by λ has weight ≥ 1 − ε if βλ ≥ log((n−1)(1−ε)/ε).

n ≥ 2, 0 < ε < 1, any real β and λ. Less is not enough: ``beta_ge_of_weight_ge``.

Proof idea: each rival has e^{−βλ} ≤ ε/((n − 1)(1 − ε)) times the weight of the target. Tight: equal
where βλ is.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
beta, eps, lead = sp.symbols("beta epsilon lambda", real=True)
weight = 1 / (1 + (n - 1) * sp.exp(-beta * lead))
threshold = sp.log((n - 1) * (1 - eps) / eps)


def sentence(share: sp.Rational = sp.S.One, lost: sp.Rational = sp.S.One) -> Claim:
    """βλ is ``share`` of the threshold or more, and the weight 1 − ``lost``·ε or more."""
    return Claim(
        given=(
            *(sp.Ge(n, 2), sp.Gt(eps, 0), sp.Lt(eps, 1)),
            sp.Ge(beta * lead, share * threshold),
        ),
        conclusion=sp.Ge(weight, 1 - lost * eps),
        source="velickovic2024softmax, nakanishi2025ssmax; ours",
    )


claim = sentence()
neighbours = {
    "half the threshold": sentence(share=sp.S.Half),
    "half of ε": sentence(lost=sp.S.Half),
}
tightness = Tightness({n: 5, eps: sp.Rational(1, 5), lead: 1, beta: sp.log(16)})


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 20."""
    return sampling.search(claim, {n: (2, 20)}, tightness)
