"""A perfect head that is pure at γ = 0.1 has two logits more than 2.993 apart.

Its swap terms in the other score are 1/cosh g, g the logit gap of the swap. Stated the
other way round: gaps of at most 2.993 leave every term above 1/10. One of the numbers
behind logit_gap_ge_of_pure; for γ = 0.05 see logit_gap_gt_of_pure_at_twentieth.

Proof idea: ball arithmetic on the whole interval. Tight: arcosh 10 = 2.9932….

One engine: exponentials at given numbers are for balls alone; to the solvers exp is any
positive number, and rewriting knows no sizes.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import enclosure, sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

g = sp.Symbol("g", real=True)


def sentence(gap: sp.Rational) -> Claim:
    """The term stays above 1/10 up to ``gap``, of either sign."""
    return Claim(
        given=(sp.Ge(g, -gap), sp.Le(g, gap)),
        conclusion=sp.Gt(1 / sp.cosh(g), sp.Rational(1, 10)),
        source="ours; γ of urrutia2026heads",
    )


claim = sentence(sp.Rational(2993, 1000))
neighbours = {
    "2.994": sentence(sp.Rational(2994, 1000)),
    "4": sentence(sp.Integer(4)),
}
tightness = Tightness({g: sp.log(10 + sp.sqrt(99))})


def enclose(claim: Claim) -> Evidence:
    """Bisect the interval."""
    (top,) = (order.gts for order in claim.given if isinstance(order, sp.LessThan))
    return enclosure.cover(claim, {g: (-top, top)})


def sample(claim: Claim) -> Evidence:
    """Search the interval."""
    return sampling.search(claim)
