"""As conjectured: the price of length of Index settles at x = π/4, that is at β_c(n) = n²/(8π).

With x = 2π²β/n² an integer query at θ = 2π/n is right, as n → ∞, iff 2·Σ e^{−xt²} < 1 over t ≥ 1;
so that at x = π/4 no partial sum could exceed 1.

It is false, in the fifth digit: by Jacobi's identity 1 + 2·Σ e^{−πt²/4} = 2·(1 + 2e^{−4π} + …), so
the sum is 1 + 4e^{−4π} + … = 1.0000139. Four terms already exceed 1.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import enclosure, sampling
from theory.evidence import Evidence, Verdict

K = sp.Symbol("K", integer=True)
t = sp.Symbol("t", integer=True)


def sentence(x: sp.Expr, total: int) -> Claim:
    """No partial sum at ``x`` exceeds ``total``."""
    return Claim(
        given=(sp.Ge(K, 1),),
        conclusion=sp.Le(2 * sp.Sum(sp.exp(-x * t**2), (t, 1, K)), total),
        source="ours, as conjectured",
    )


claim = sentence(sp.pi / 4, 1)
neighbours = {
    "3 at π/16, for letter queries": sentence(sp.pi / 16, 3),
    "at 0.785": sentence(sp.Rational(785, 1000), 1),
}
expected = Verdict.REFUTED
replaced_by = "theta_root_between_of_sum_eq_one"
repaired = sentence(sp.Rational(7854092, 10**7), 1)


def enclose(claim: Claim) -> Evidence:
    """Evaluate the sum of 20 terms."""
    return enclosure.witness(claim, {K: 20})


def sample(claim: Claim) -> Evidence:
    """Search sums of up to six terms."""
    return sampling.search(claim, {K: (1, 6)})
