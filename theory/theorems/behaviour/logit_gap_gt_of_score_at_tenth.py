"""A head with one score at most 0.1, perfect or not, holds two logits more than 2.297 apart.

No swap term is below 1/√(1 + e^{2g}), by swap_term_ge_of_logit_gap. Stated the other way
round: gaps g of at most 2.297, of either sign, leave the square of that bound above 1/100.

Proof idea: the bound falls with g, and is a ball at the end. Tight: log(99)/2 = 2.2975….

One engine: the kernel; balls cover no half-line, and to the solvers exp is any positive number.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

g = sp.Symbol("g", real=True)


def sentence(gap: sp.Rational) -> Claim:
    """The squared bound stays above 1/100 up to ``gap``."""
    return Claim(
        given=(sp.Le(g, gap),),
        conclusion=sp.Gt(1 / (1 + sp.exp(2 * g)), sp.Rational(1, 100)),
        source="ours; γ of urrutia2026heads",
    )


claim = sentence(sp.Rational(2297, 1000))
neighbours = {
    "2.298": sentence(sp.Rational(2298, 1000)),
    "that of perfect heads, 2.993": sentence(sp.Rational(2993, 1000)),
}
tightness = Tightness({g: sp.log(99) / 2})


def sample(claim: Claim) -> Evidence:
    """Search down from the end."""
    return sampling.search(claim)
