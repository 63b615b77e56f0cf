"""No head has a swap term below 1/√(1 + e^{2g}), where g = |λᵢ − λⱼ| is the logit gap.

The observed weights x, y are as exp λᵢ, exp λⱼ with λᵢ ≥ λⱼ; the weights p, q after the
swap are any positive reals. It is stated for the symbolic term, against (y, x); exchange
p and q for the positional one. A score is a mean of terms, so a score of at most γ forces
some gap of at least log(1/γ² − 1)/2. For perfect heads see symbolic_term_eq_of_positional.

Proof idea: p·y + q·x ≥ y·(p + q) ≥ y·√(p² + q²). Tight: nearly, at small q.
"""

import sympy as sp

from theory.behaviour import squared_cosine
from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

a, b, p, q, x, y = sp.symbols("a b p q x y", real=True)


def sentence(factor: int, power: int = 2) -> Claim:
    """The squared term is at least ``factor``/(1 + e^(``power``·g))."""
    positive = (sp.Gt(p, 0), sp.Gt(q, 0))
    return Claim(
        given=(*positive, sp.Ge(a, b)),
        conclusion=sp.Ge(
            squared_cosine((p, q), (sp.exp(b), sp.exp(a))),
            factor / (1 + sp.exp(power * (a - b))),
        ),
        source="ours; scores of urrutia2026heads, App. D",
        reduction=Claim(
            given=(*positive, sp.Gt(y, 0), sp.Ge(x, y)),
            conclusion=sp.Ge(
                squared_cosine((p, q), (y, x)), factor * y**power / (y**power + x**power)
            ),
        ),
    )


claim = sentence(1)
neighbours = {
    "the exponent halved": sentence(1, 1),
    "twice as much": sentence(2),
}
tightness = Tightness({p: 1, q: 0, a: 1, b: 0})


def derive(claim: Claim) -> Evidence:
    """Over a positive denominator, what is left is a sum of products of positive numbers."""
    return symbolic.certify(
        claim.reduced,
        lambda p, q, y, more: (
            (2 * y**2 * p * q + 2 * y * (p + q) * q * more + q**2 * more**2)
            / ((p**2 + q**2) * (y**2 + (y + more) ** 2))
        ),
    )


def decide(claim: Claim) -> Evidence:
    """No four positive weights break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search all four."""
    return sampling.search(claim)
