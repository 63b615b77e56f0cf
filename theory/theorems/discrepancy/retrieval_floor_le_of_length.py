"""Theorem 3.2 (Retrieval) under the floor reading: the least gap is at most 1 − cos(ω − nθ).

Here ω = 2π/A for A ≥ 2 letters, n ≥ 3 and 0 < θ < ω/2n. The floor reading takes the least gap
over proper inputs, where Def. 3.1 takes the largest.

It is false too, off by one: the target need not be the query itself, nor a rival n away. At
n = 17, A = 8, θ = 0.0027 the least gap is 0.26220, the bound 0.26119.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import retrieval_floor
from theory.engines import enclosure, sampling
from theory.evidence import Evidence, Verdict

n, A = sp.symbols("n A", integer=True)
theta = sp.Symbol("theta", real=True)
omega = 2 * sp.pi / A


def sentence(bound: sp.Expr) -> Claim:
    """The least gap over proper inputs is at most ``bound``."""
    return Claim(
        given=(
            *(sp.Ge(n, 3), sp.Ge(A, 2)),
            *(sp.Gt(theta, 0), sp.Lt(theta, omega / (2 * n))),
        ),
        conclusion=sp.Le(retrieval_floor(n, A, theta), bound),
        source="urrutia2026heads, Thm 3.2, floor reading",
    )


claim = sentence(1 - sp.cos(omega - n * theta))
neighbours = {"a length of n + 1": sentence(1 - sp.cos(omega - (n + 1) * theta))}
expected = Verdict.REFUTED
replaced_by = "retrieval_floor_eq_of_le_horizon"
repaired = sentence(1 - sp.cos(omega - (n - 1) * theta))


def enclose(claim: Claim) -> Evidence:
    """Evaluate both sides at the numbers of the paper."""
    return enclosure.witness(claim, {n: 17, A: 8, theta: sp.Rational(27, 10_000)})


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 6 and up to 5 letters."""
    return sampling.search(claim, {n: (3, 6), A: (2, 5)})
