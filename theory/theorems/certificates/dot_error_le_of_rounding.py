"""If all operations err by at most u of a value, n products' sum errs by (e^{(n+1)u} − 1)·Σ|ab|.

The products a_j·b_j·(1 + ε_j), each rounded, are added up one by one: S_0 = 0, and S_j is the exact
sum of S_{j−1} and the j-th times 1 + δ_j, with |ε_j| ≤ u and |δ_j| ≤ u. That is the axiom of an
executed form, the bound its slack. Sums alone: ``sum_error_le_of_rounding``. u may be any number.

Proof idea: the rounded products are off by u·Σ|ab|, and their sum by (e^{nu} − 1)·(1 + u)·Σ|ab|
more; 1 + u ≤ e^u. Tight: u = 0.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
j = sp.Symbol("j", integer=True)
u = sp.Symbol("u", real=True)
S, a, b, delta, eps = (
    sp.IndexedBase(name, real=True) for name in ("S", "a", "b", "delta", "epsilon")
)


def sentence(share: sp.Rational, allowed: int = 1) -> Claim:
    """A slack of e^{share·(n + 1)u} − 1, where a sum errs by ``allowed``·u."""
    errors = ((delta, allowed), (eps, 1))
    product = a[j] * b[j] * (1 + eps[j])
    return Claim(
        given=(
            sp.Ge(n, 0),
            sp.Eq(S[0], 0, evaluate=False),
            *(ForEach(sp.Ge(error[j], -times * u), j, sp.S.One, n) for error, times in errors),
            *(ForEach(sp.Le(error[j], times * u), j, sp.S.One, n) for error, times in errors),
            ForEach(sp.Eq(S[j], (S[j - 1] + product) * (1 + delta[j])), j, sp.S.One, n),
        ),
        conclusion=sp.Le(
            sp.Abs(S[n] - sp.Sum(a[j] * b[j], (j, 1, n))),
            (sp.exp(share * (n + 1) * u) - 1) * sp.Sum(sp.Abs(a[j] * b[j]), (j, 1, n)),
        ),
        source="ours; what bounds of executed models rest on",
    )


claim = sentence(sp.S.One)
neighbours = {
    "half of it": sentence(sp.S.Half),
    "sums that err by 2u": sentence(sp.S.One, allowed=2),
}
tightness = Tightness({n: 0, S[0]: 0, u: 1})


def sample(claim: Claim) -> Evidence:
    """Search up to two products."""
    return sampling.search(claim, {n: (0, 2)}, tightness)
