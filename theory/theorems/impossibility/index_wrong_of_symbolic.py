"""No readout of one purely symbolic head is right at Index on both orders of two letters.

Two inputs differ in the order of the letters x and y before an integer query: Index must
answer one letter for the first and the other for the second. ``a_x1`` is the logit of x at
place 1, and so on; R ≥ 0 and r are what all other positions, left alone, add to the softmax
and to the readout, u and v are the letters' values there, D the direct part. The readout of
one class less the other would have to be positive for one input and negative for the other.

Proof idea: symbolic means a_x1 = a_x2 and a_y1 = a_y2, so the exchange only reorders the
terms: the attention vector, hence any readout of it, linear or not, is the same for both.
The reduction says so of one coordinate. Tight: a readout that is 0 on both.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

a_x1, a_x2, a_y1, a_y2 = logits = sp.symbols("a_x1 a_x2 a_y1 a_y2", real=True)
X1, X2, Y1, Y2 = weights = sp.symbols("X1 X2 Y1 Y2", real=True)
D, R, r, u, v = sp.symbols("D R r u v", real=True)


def sentence(*pairs: tuple[int, int]) -> Claim:
    """Of the logits x1, x2, y1, y2 those in ``pairs`` are equal."""

    def read(x: sp.Expr, y: sp.Expr) -> sp.Expr:
        return (x * u + y * v + r) / (x + y + R) + D

    first, second = (
        (read(values[0], values[3]), read(values[1], values[2]))
        for values in (list(map(sp.exp, logits)), weights)
    )
    return Claim(
        given=(sp.Ge(R, 0), *(sp.Eq(logits[i], logits[j]) for i, j in pairs)),
        conclusion=sp.Le(sp.Min(first[0], -first[1]), 0),
        source="urrutia2026heads, Index is not symbolic",
        reduction=Claim(
            given=(
                sp.Ge(R, 0),
                *(sp.Gt(s, 0) for s in weights),
                *(sp.Eq(weights[i], weights[j]) for i, j in pairs),
            ),
            conclusion=sp.Eq(*second, evaluate=False),
        ),
    )


claim = sentence((0, 1), (2, 3))
neighbours = {
    "positional instead": sentence((0, 2), (1, 3)),
    "only one letter symbolic": sentence((0, 1)),
}


def derive(claim: Claim) -> Evidence:
    """The difference of the two readouts lies in the ideal of the hypotheses."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No weights and no values break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search with the hypotheses solved."""
    return sampling.search(claim)
