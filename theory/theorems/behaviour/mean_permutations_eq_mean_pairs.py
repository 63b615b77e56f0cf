"""Averaging over all permutations of n contents is averaging over the n² pairs.

``f[k, j]`` is anything measured of content k at position j, such as a squared defect
(a[k,j] − a[j,j])². The published average puts content π(j) at position j, for all n!
permutations π and all n positions; the sum over pairs needs O(n²) terms.

Proof idea: exactly (n − 1)! permutations have π(j) = k, so each pair is counted that
often among the n!·n terms, and (n − 1)!/(n!·n) = 1/n². In the reduction F = (n − 1)!
and P = n!. Tight: an equation.
"""

import sympy as sp

from theory.behaviour import MeanOverPermutations
from theory.claim import Claim
from theory.engines import exhaustion, sampling, smt, symbolic
from theory.evidence import Evidence

n, j, k = sp.symbols("n j k", integer=True)
f = sp.IndexedBase("f", real=True)
F, N, P = sp.symbols("F N P", real=True)


def sentence(pairs: sp.Expr) -> Claim:
    """The average over permutations is the sum over pairs divided by ``pairs``."""
    over = ((k, 1, n), (j, 1, n))
    return Claim(
        given=(sp.Ge(n, 1),),
        conclusion=sp.Eq(
            MeanOverPermutations(f[k, j], *over), sp.Sum(f[k, j], *over) / pairs, evaluate=False
        ),
        source="urrutia2025decoupling, defects averaged over permutations; pair average ours",
        reduction=Claim(
            given=(sp.Ge(N, 1), sp.Ge(F, 1), sp.Eq(P, N * F)),
            conclusion=sp.Eq(F / (P * N), 1 / pairs.subs(n, N), evaluate=False),
        ),
    )


claim = sentence(n**2)
neighbours = {
    "divided by n(n + 1)": sentence(n * (n + 1)),
    "divided by n": sentence(n),
}


def derive(claim: Claim) -> Evidence:
    """With n! = n·(n − 1)! the count is 1/n²."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No n and (n − 1)! break the count."""
    return smt.refute(claim.reduced)


def exhaust(claim: Claim) -> Evidence:
    """Write both averages out, permutation by permutation."""
    return exhaustion.every(
        range(1, 6),
        lambda size: sp.expand(claim.at({n: size}).gap) == 0,
        "all reals, n ≤ 5",
        symbolic.TRUSTS,
    )


def sample(claim: Claim) -> Evidence:
    """Search up to four contents."""
    return sampling.search(claim, {n: (1, 4)})
