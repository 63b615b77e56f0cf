"""Theorem 3.2 (Retrieval), as published: the discrepancy is at most 1 − cos(ω − nθ).

Here ω = 2π/A for A letters and 0 < θ < ω/2n. Def. 3.1 takes the largest gap over inputs
of length n, so the bound would have to hold for every proper input; it is stated here
for those whose match stands s back and whose rivals are all k letters off.

It is false: rivals at the opposite angle, k = A/2, leave a gap near 2.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import retrieval_gap
from theory.engines import enclosure, sampling
from theory.evidence import Evidence, Verdict

n, A, s, k = sp.symbols("n A s k", integer=True)
theta = sp.Symbol("theta", real=True)
omega = 2 * sp.pi / A


def sentence(bound: sp.Expr) -> Claim:
    """The gap of every such input is at most ``bound``."""
    return Claim(
        given=(
            *(sp.Ge(n, 2), sp.Ge(A, 2), sp.Ge(s, 0), sp.Le(s, n - 1), sp.Ge(k, 1), sp.Le(k, A - 1)),
            *(sp.Gt(theta, 0), sp.Lt(theta, omega / (2 * n))),
        ),
        conclusion=sp.Le(retrieval_gap(n, A, theta, s, k), bound),
        source="urrutia2026heads, Def. 3.1 and Thm 3.2",
    )


claim = sentence(1 - sp.cos(omega - n * theta))
neighbours = {"one length less": sentence(1 - sp.cos(omega - (n - 1) * theta))}
expected = Verdict.REFUTED
replaced_by = "retrieval_floor_eq_of_le_horizon"
repaired = sentence(sp.Integer(2))


def enclose(claim: Claim) -> Evidence:
    """Evaluate both sides at one input, at the numbers of the paper."""
    point = {n: 17, A: 8, s: 1, k: 4, theta: sp.Rational(27, 10_000)}
    return enclosure.witness(claim, point)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 8 and up to 6 letters."""
    return sampling.search(claim, {n: (2, 8), A: (2, 6), s: (0, 7), k: (1, 5)})
