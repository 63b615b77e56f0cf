"""A target that leads n − 1 equal rivals by λ has weight ≥ 1 − ε iff βλ ≥ log((n−1)(1−ε)/ε).

With βλ = log((n − 1)(1 − ε)/ε) + x the weight is (1 − ε)/(1 − ε + ε·e^{−x}), which is at least
1 − ε iff x ≥ 0 (``weight_ge_of_beta_ge``, ``beta_ge_of_weight_ge``). n ≥ 2, 0 < ε < 1, any real
β and λ. By ``weight_ge_of_floor`` leads of at least λ do no worse.

Proof idea: the weight is 1/(1 + (n − 1)/E) with E = e^{βλ}, and εE = (n − 1)(1 − ε)u with u = e^x.
Tight: an equation.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

n = sp.Symbol("n", integer=True)
beta, eps, lead, x = sp.symbols("beta epsilon lambda x", real=True)
E, N, u = sp.symbols("E N u", real=True)


def sentence(rivals: int) -> Claim:
    """The threshold counts n − 1 + rivals competitors."""
    excess = beta * lead - sp.log((n - 1 + rivals) * (1 - eps) / eps)
    return Claim(
        given=(sp.Ge(n, 2), sp.Gt(eps, 0), sp.Lt(eps, 1), sp.Eq(x, excess, evaluate=False)),
        conclusion=sp.Eq(
            1 / (1 + (n - 1) * sp.exp(-beta * lead)),
            (1 - eps) / (1 - eps + eps * sp.exp(-x)),
            evaluate=False,
        ),
        source="velickovic2024softmax, nakanishi2025ssmax; ours",
        reduction=Claim(
            given=(
                *(sp.Gt(E, 0), sp.Ge(N, 1), sp.Gt(u, 0), sp.Gt(eps, 0), sp.Lt(eps, 1)),
                sp.Eq(eps * E, (N + rivals) * (1 - eps) * u),
            ),
            conclusion=sp.Eq(1 / (1 + N / E), (1 - eps) / (1 - eps + eps / u), evaluate=False),
        ),
    )


claim = sentence(0)
neighbours = {"n for n − 1": sentence(1), "n + 1 for n − 1": sentence(2)}


def derive(claim: Claim) -> Evidence:
    """The difference lies in the ideal of εE − N(1 − ε)u."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No E, N, u and ε break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 20."""
    return sampling.search(claim, {n: (2, 20)})
