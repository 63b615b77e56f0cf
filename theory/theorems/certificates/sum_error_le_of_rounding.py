"""If every addition errs by at most u of its value, a sum of n errs by (e^{nu} − 1)·Σ|x| at most.

The terms x are added up one by one: S_0 = 0, S_j = (S_{j−1} + x_j)(1 + δ_j) with |δ_j| ≤ u. That is
the axiom of an executed sum, the bound its slack, which is below 1.0006·nu·Σ|x| at nu = 10⁻³. u may
be any number.

Proof idea: by induction on n, with 1 + u ≤ e^u and |Σ x| ≤ Σ|x|. Tight: u = 0.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
j = sp.Symbol("j", integer=True)
u = sp.Symbol("u", real=True)
S, delta, x = (sp.IndexedBase(name, real=True) for name in ("S", "delta", "x"))


def sentence(share: sp.Rational, allowed: int = 1) -> Claim:
    """A slack of e^{share·nu} − 1, where an addition errs by ``allowed``·u."""
    return Claim(
        given=(
            sp.Ge(n, 0),
            sp.Eq(S[0], 0, evaluate=False),
            ForEach(sp.Ge(delta[j], -allowed * u), j, sp.S.One, n),
            ForEach(sp.Le(delta[j], allowed * u), j, sp.S.One, n),
            ForEach(sp.Eq(S[j], (S[j - 1] + x[j]) * (1 + delta[j])), j, sp.S.One, n),
        ),
        conclusion=sp.Le(
            sp.Abs(S[n] - sp.Sum(x[j], (j, 1, n))),
            (sp.exp(share * n * u) - 1) * sp.Sum(sp.Abs(x[j]), (j, 1, n)),
        ),
        source="ours; what bounds of executed models rest on",
    )


claim = sentence(sp.S.One)
neighbours = {
    "half of it": sentence(sp.S.Half),
    "errors of 2u": sentence(sp.S.One, allowed=2),
}
tightness = Tightness({n: 0, S[0]: 0, u: 1})


def sample(claim: Claim) -> Evidence:
    """Search up to three terms."""
    return sampling.search(claim, {n: (0, 3)}, tightness)
