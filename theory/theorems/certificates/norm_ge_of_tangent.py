"""The norm of a sum is at least the norm of one part and the other part's component along it.

Vectors x ≠ 0 and d of any width: |x + d| ≥ |x| + x·d/|x|. It is the tangent of a convex function;
so a certificate of two blocks bounds the divisor of a LayerNorm from below, where a leak moves the
stream.

Proof idea: x·(x + d) ≤ |x|·|x + d|, by Cauchy and Schwarz. Tight: d along x.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

m = sp.Symbol("m", integer=True)
i = sp.Symbol("i", integer=True)
d, x = (sp.IndexedBase(name, real=True) for name in "dx")


def sentence(share: sp.Rational) -> Claim:
    """The component of d counts by ``share``."""

    def total(term: sp.Expr) -> sp.Expr:
        return sp.Sum(term, (i, 1, m))

    length = sp.sqrt(total(x[i] ** 2))
    return Claim(
        given=(sp.Ge(m, 1), sp.Gt(total(x[i] ** 2), 0)),
        conclusion=sp.Ge(
            sp.sqrt(total((x[i] + d[i]) ** 2)),
            length + share * total(x[i] * d[i]) / length,
            evaluate=False,
        ),
        source="ours; what certificates of two-block models rest on",
    )


claim = sentence(sp.S.One)
neighbours = {
    "twice the component": sentence(sp.Integer(2)),
    "half of the component": sentence(sp.S.Half),
}
tightness = Tightness({m: 1, x[1]: 1, d[1]: 1})


def sample(claim: Claim) -> Evidence:
    """Search widths up to three."""
    return sampling.search(claim, {m: (1, 3)}, tightness)
