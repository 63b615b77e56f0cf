"""If both scores of a head are high, its attention is nearly uniform.

A swap has share w² of all swaps, not all of them 0; two weights x, y at an angle α from the
diagonal (1, 1), and at an angle β after it; exchanged, they are at −α. Its terms are
cos(α − β) and cos(α + β). With both scores at least 1 − γ, the mean of
2xy/(x² + y²) = cos 2α is at least 2(1 − γ)² − 1.

Proof idea: the half sum of the terms is c = cos α·cos β, so 1 + cos 2α ≥ 2c² ≥ 4cμ − 2μ²
for every real μ; take the mean over swaps, with μ the mean of c. Tight: β = 0, and α the
same for all swaps.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n, s = sp.symbols("n s", integer=True)
alpha, beta, w = (sp.IndexedBase(v, real=True) for v in ("alpha", "beta", "w"))
a, b, mu = sp.symbols("a b mu", real=True)


def sentence(factor: sp.Rational) -> Claim:
    """The mean is at least ``factor``·2μ² − 1, where μ is the mean of the two scores."""

    def mean(term: sp.Expr) -> sp.Expr:
        return sp.Sum(w[s] ** 2 * term, (s, 1, n)) / sp.Sum(w[s] ** 2, (s, 1, n))

    scores = mean(sp.cos(alpha[s] - beta[s])), mean(sp.cos(alpha[s] + beta[s]))
    both = sp.cos(a - b) + sp.cos(a + b)
    return Claim(
        given=(sp.Ge(n, 1), sp.Gt(sp.Sum(w[s] ** 2, (s, 1, n)), 0)),
        conclusion=sp.Ge(mean(sp.cos(2 * alpha[s])), factor * 2 * (sum(scores) / 2) ** 2 - 1),
        source="ours; scores of urrutia2026heads, App. D",
        reduction=Claim(conclusion=sp.Ge(1 + sp.cos(2 * a), factor * (2 * both * mu - 2 * mu**2))),
    )


claim = sentence(sp.S.One)
neighbours = {
    "eleven tenths": sentence(sp.Rational(11, 10)),
    "twice": sentence(sp.Integer(2)),
}
tightness = Tightness({n: 1, w[1]: 1, alpha[1]: 1, beta[1]: 0})


def derive(claim: Claim) -> Evidence:
    """What is missing for one swap is two squares."""
    tilt = sp.cos(a) - mu * sp.cos(b)
    return symbolic.certify(claim.reduced, lambda: 2 * tilt**2 + 2 * (mu * sp.sin(b)) ** 2)


def decide(claim: Claim) -> Evidence:
    """No μ and no points on the unit circle for α and β break it for one swap."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to three swaps."""
    return sampling.search(claim, {n: (1, 3)}, tightness)
