"""A perfect head that is pure at γ has two logits at least arcosh(1/γ) apart.

Perfectly positional or symbolic heads have swap terms 1/cosh g in their other score, g the
logit gap of the swap; that score is a mean of them, so at most γ only if one of them is,
0 < γ ≤ 1. Here arcosh(1/γ) is written log((1 + √(1 − γ²))/γ). For heads that are not
perfect the threshold is log(1/γ² − 1)/2, smaller: see swap_term_ge_of_logit_gap.

Proof idea: with x = e^g and z = (1 + √(1 − γ²))/γ the terms are 2x/(x² + 1) and
γ = 2z/(z² + 1), and for 1 ≤ x < z the first is larger, by (z − x)(xz − 1) over a positive
number. The reduction is this contrapositive. Tight: 1/cosh g = γ.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

g, gamma, x, z = sp.symbols("g gamma x z", real=True)


def sentence(factor: int, power: int = 1) -> Claim:
    """The gap is at least ``factor``·arcosh(1/γ), for terms 1/cosh(g)^``power``."""
    threshold = sp.log((1 + sp.sqrt(1 - gamma**2)) / gamma)
    return Claim(
        given=(sp.Ge(g, 0), sp.Ge(gamma, 1 / sp.cosh(g) ** power), sp.Le(gamma, 1)),
        conclusion=sp.Ge(g, factor * threshold),
        source="ours; purity of urrutia2026heads",
        reduction=Claim(
            given=(sp.Ge(x, 1), sp.Gt(z**factor, x)),
            conclusion=sp.Gt((2 * x / (x**2 + 1)) ** power, 2 * z / (z**2 + 1)),
        ),
    )


claim = sentence(1)
neighbours = {
    "twice the gap": sentence(2),
    "the squared term": sentence(1, 2),
}
tightness = Tightness({g: sp.log(3), gamma: sp.Rational(3, 5)})


def derive(claim: Claim) -> Evidence:
    """The gap of the reduction is 2(z − x)(xz − 1) over a product of positive numbers."""
    return symbolic.certify(
        claim.reduced,
        lambda a, b: (
            2 * b * (a**2 + 2 * a + a * b + b) / ((1 + (1 + a) ** 2) * (1 + (1 + a + b) ** 2))
        ),
    )


def decide(claim: Claim) -> Evidence:
    """No x and z break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search gaps up to 8."""
    return sampling.search(claim, tightest=tightness)
