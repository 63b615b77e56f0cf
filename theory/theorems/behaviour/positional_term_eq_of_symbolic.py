"""A perfectly symbolic head has positional score 1/cosh(λᵢ − λⱼ) on the swap of i and j.

``a_ji`` is the logit of content j at position i; observed logits are λᵢ = a_ii and
λⱼ = a_jj. The term compares the two weights after the swap with the two before.

Proof idea: the swap exchanges the weights, so with x = exp λᵢ and y = exp λⱼ the cosine
is that of (y, x) and (x, y): 2xy/(x² + y²) = 2/(x/y + y/x). Squares are compared,
all entries being positive. Tight: an equation.
"""

import sympy as sp

from theory.behaviour import squared_cosine
from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

a_ii, a_ij, a_ji, a_jj = sp.symbols("a_ii a_ij a_ji a_jj", real=True)
p, q, x, y = sp.symbols("p q x y", real=True)


def sentence(steepness: int = 1, *, positional_head: bool = False) -> Claim:
    """The term is 1/cosh(``steepness``·(λᵢ − λⱼ)); of a positional head, if asked."""
    logits, weights = ((a_ii, a_jj), (x, y)) if positional_head else ((a_jj, a_ii), (y, x))
    gap = steepness * (a_ii - a_jj)
    return Claim(
        given=(sp.Eq(a_ji, logits[0]), sp.Eq(a_ij, logits[1])),
        conclusion=sp.Eq(
            squared_cosine((sp.exp(a_ji), sp.exp(a_ij)), (sp.exp(a_ii), sp.exp(a_jj))),
            1 / sp.cosh(gap) ** 2,
            evaluate=False,
        ),
        source="ours; scores of urrutia2026heads, App. D",
        reduction=Claim(
            given=(*(sp.Gt(s, 0) for s in (x, y)), sp.Eq(p, weights[0]), sp.Eq(q, weights[1])),
            conclusion=sp.Eq(
                squared_cosine((p, q), (x, y)),
                (2 / ((x / y) ** steepness + (y / x) ** steepness)) ** 2,
                evaluate=False,
            ),
        ),
    )


claim = sentence()
neighbours = {
    "twice the gap": sentence(2),
    "a positional head": sentence(positional_head=True),
}


def derive(claim: Claim) -> Evidence:
    """Put both sides over a common denominator."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No exponentials break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search with the hypotheses solved."""
    return sampling.search(claim)
