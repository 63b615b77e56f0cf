"""The variance of n numbers is the mean over ordered pairs of half their squared difference.

Population variance; all n² pairs count, those with j = k too.

Proof idea: for one pair, (x − y)²/2 = (x² + y²)/2 − x·y; over all pairs the means of the
two terms are the mean square and the squared mean. Tight: an equation.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import exhaustion, sampling, smt, symbolic
from theory.evidence import Evidence

n, j, k = sp.symbols("n j k", integer=True)
z = sp.IndexedBase("z", real=True)
x, y = sp.symbols("x y", real=True)


def sentence(factor: sp.Rational) -> Claim:
    """The variance is ``factor`` times the mean squared difference."""

    def mean(term: sp.Expr, *indices: sp.Symbol) -> sp.Expr:
        return sp.Sum(term, *((index, 1, n) for index in indices)) / n ** len(indices)

    return Claim(
        given=(sp.Ge(n, 1),),
        conclusion=sp.Eq(
            mean(z[j] ** 2, j) - mean(z[j], j) ** 2,
            factor * mean((z[j] - z[k]) ** 2, j, k),
            evaluate=False,
        ),
        source="folklore; used by variance_logits_le_mean_defects",
        reduction=Claim(
            conclusion=sp.Eq((x**2 + y**2) / 2 - x * y, factor * (x - y) ** 2, evaluate=False)
        ),
    )


claim = sentence(sp.S.Half)
neighbours = {
    "the whole squared difference": sentence(sp.S.One),
    "a third of it": sentence(sp.Rational(1, 3)),
}


def derive(claim: Claim) -> Evidence:
    """Expand one pair."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No pair breaks it."""
    return smt.refute(claim.reduced)


def exhaust(claim: Claim) -> Evidence:
    """Expand the whole sentence at each size."""
    return exhaustion.every(
        range(1, 7),
        lambda size: sp.expand(claim.at({n: size}).gap) == 0,
        "all reals, n ≤ 6",
        symbolic.TRUSTS,
    )


def sample(claim: Claim) -> Evidence:
    """Search up to five numbers."""
    return sampling.search(claim, {n: (1, 5)})
