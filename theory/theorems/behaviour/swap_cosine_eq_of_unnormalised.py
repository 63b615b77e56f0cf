"""A swap score needs no re-run: the cosine of the weights is that of the exponentials.

Two blocks of b positions each exchange their contents; b = 1 is a swap of two positions.
``a_ji[r]`` is the logit that the r-th content of the second block has at the r-th position
of the first, and so on; R > 0 is the sum over all other positions, which the exchange
leaves alone. Block weights are sums, or means, of softmax weights before and after.

Proof idea: each vector of weights is its exponentials over one positive normaliser; both
normalisers cancel. Squared cosines are compared; all entries are positive. Tight: an
equation.
"""

import sympy as sp

from theory.behaviour import squared_cosine
from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

b, r = sp.symbols("b r", integer=True)
R, W, Z, p, q, x, y = sp.symbols("R W Z p q x y", real=True)
blocks = [sp.IndexedBase(f"a_{s}", real=True) for s in ("ji", "ij", "ii", "jj")]


def sentence(turned: bool = False, lost: int = 0) -> Claim:
    """Weights compare as exponentials do, ``turned`` round; a weight may lose a share ``lost``."""

    def relation(after: sp.Matrix, before: sp.Matrix, *totals: sp.Expr) -> sp.Eq:
        (new, old), (first, second) = totals, after
        weights = [first / new, second / (new + lost * new)], [before[0] / old, before[1] / old]
        plain = [second, first] if turned else [first, second]
        return sp.Eq(squared_cosine(*weights), squared_cosine(plain, before), evaluate=False)

    sums = [sp.Sum(sp.exp(logit[r]), (r, 1, b)) for logit in blocks]
    after, before = sums[:2], sums[2:]
    return Claim(
        given=(sp.Ge(b, 1), sp.Gt(R, 0)),
        conclusion=relation(after, before, sum(after) + R, sum(before) + R),
        source="urrutia2026heads, App. D (scores); closed form ours",
        reduction=Claim(
            given=tuple(sp.Gt(s, 0) for s in (W, Z, p, q, x, y)),
            conclusion=relation([p, q], [x, y], W, Z),
        ),
    )


claim = sentence()
neighbours = {
    "the exchanged weights turned round": sentence(turned=True),
    "two different normalisers": sentence(lost=1),
}


def derive(claim: Claim) -> Evidence:
    """Put the squared cosines over a common denominator."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No exponentials and no normalisers break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search blocks up to two positions."""
    return sampling.search(claim, {b: (1, 2)})
