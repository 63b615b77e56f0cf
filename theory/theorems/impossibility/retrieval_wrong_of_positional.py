"""No simple purely positional head is right at Retrieval on both orders of two tokens.

Simple: tokens are one-hot, VAL is the identity and the output is the attention vector, whose
largest coordinate is the answer. Two inputs differ in the order of the tokens x and y; the
query names x's first letter, so both answers are x. ``a_x1`` is the logit of x at place 1,
and so on; R ≥ 0 is what all other positions, none of them x or y, add to the softmax.

Proof idea: positional means a_x1 = a_y1 and a_x2 = a_y2, so x leads y by (X − Y)/Z on one
input and by (Y − X)/Z on the other: the leads add up to 0. Tight: equal weights.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

a_x1, a_x2, a_y1, a_y2 = logits = sp.symbols("a_x1 a_x2 a_y1 a_y2", real=True)
X1, X2, Y1, Y2 = weights = sp.symbols("X1 X2 Y1 Y2", real=True)
R = sp.Symbol("R", real=True)


def sentence(*pairs: tuple[int, int]) -> Claim:
    """Of the logits x1, x2, y1, y2 those in ``pairs`` are equal."""

    def leads(x1: sp.Expr, x2: sp.Expr, y1: sp.Expr, y2: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        return (x1 - y2) / (x1 + y2 + R), (x2 - y1) / (x2 + y1 + R)

    return Claim(
        given=(sp.Ge(R, 0), *(sp.Eq(logits[i], logits[j]) for i, j in pairs)),
        conclusion=sp.Le(sp.Min(*leads(*map(sp.exp, logits))), 0),
        source="urrutia2026heads, Retrieval is not simply positional",
        reduction=Claim(
            given=(
                sp.Ge(R, 0),
                *(sp.Gt(s, 0) for s in weights),
                *(sp.Eq(weights[i], weights[j]) for i, j in pairs),
            ),
            conclusion=sp.Eq(sum(leads(*weights)), 0, evaluate=False),
        ),
    )


claim = sentence((0, 2), (1, 3))
neighbours = {
    "symbolic instead": sentence((0, 1), (2, 3)),
    "only one place positional": sentence((0, 2)),
}


def derive(claim: Claim) -> Evidence:
    """The sum of the two leads lies in the ideal of the hypotheses."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No weights break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search with the hypotheses solved."""
    return sampling.search(claim)
