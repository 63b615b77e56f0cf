"""The variance of the logits is at most the mean squared positional plus symbolic defect.

``a[k, j]`` is the logit that content k would receive at position j, for n contents and
positions; observed logits are ``a[j, j]``, their variance is the population variance.
Both defects zero gives exclusion. The published form averages over all permutations of
the contents; in it a pair (k, j) is hit equally often, so it is this average over pairs.

Proof idea: Var = mean over (k, j) of (a[k,k] − a[j,j])²/2, and for each pair, by the
route a[k,k] → a[k,j] → a[j,j], (u + v)² ≤ 2u² + 2v². Tight: a[k,j] midway between.
"""

from itertools import product

import sympy as sp

from theory.claim import Claim
from theory.engines import exhaustion, sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
j, k = sp.symbols("j k", integer=True)
a = sp.IndexedBase("a", real=True)
a_jj, a_kj, a_kk = sp.symbols("a_jj a_kj a_kk", real=True)


def sentence(factor: sp.Rational) -> Claim:
    """Variance at most ``factor`` times the mean defect."""

    def mean(term: sp.Expr, *indices: sp.Symbol) -> sp.Expr:
        return sp.Sum(term, *((index, 1, n) for index in indices)) / n ** len(indices)

    defects = (a[k, j] - a[j, j]) ** 2 + (a[j, k] - a[j, j]) ** 2
    variance = mean(a[j, j] ** 2, j) - mean(a[j, j], j) ** 2
    return Claim(
        given=(sp.Ge(n, 1),),
        conclusion=sp.Le(variance, factor * mean(defects, j, k)),
        source="urrutia2025decoupling, exclusion, quantitative; pair average ours",
        reduction=Claim(
            conclusion=sp.Le(
                (a_kk - a_jj) ** 2 / 2, factor * ((a_kj - a_jj) ** 2 + (a_kj - a_kk) ** 2)
            )
        ),
    )


claim = sentence(sp.S.One)
neighbours = {
    "nine tenths of the defects": sentence(sp.Rational(9, 10)),
    "half the defects": sentence(sp.S.Half),
}
tightness = Tightness({n: 2, a[1, 1]: 0, a[1, 2]: 1, a[2, 1]: 1, a[2, 2]: 2})
cites = ("variance_eq_mean_half_squared_differences",)


def derive(claim: Claim) -> Evidence:
    """The pair gap is a square."""
    return symbolic.certify(claim.reduced, lambda: (2 * a_kj - a_kk - a_jj) ** 2 / 2)


def decide(claim: Claim) -> Evidence:
    """No pair breaks its share."""
    return smt.refute(claim.reduced)


def exhaust(claim: Claim) -> Evidence:
    """At each size, the gap of the whole sentence is the sum of the pairs' squares."""

    def sum_of_squares(size: int) -> bool:
        pairs = product(range(1, size + 1), repeat=2)
        squares = sum((2 * a[r, c] - a[r, r] - a[c, c]) ** 2 for r, c in pairs)
        return bool(sp.expand(claim.at({n: size}).gap - squares / (2 * size**2)) == 0)

    return exhaustion.every(range(1, 6), sum_of_squares, "all reals, n ≤ 5", symbolic.TRUSTS)


def sample(claim: Claim) -> Evidence:
    """Search matrices up to 4 × 4."""
    return sampling.search(claim, {n: (1, 4)}, tightness)
