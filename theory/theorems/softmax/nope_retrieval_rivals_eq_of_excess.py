"""NoPE Retrieval among A letters is right exactly when β > log(n − 1)/(1 − cos ω), ω = 2π/A.

With β·(1 − cos ω) = log(n − 1) + x, the n − 1 rivals one letter off together have e^{−x} times
the weight of the target: less iff x > 0. By ``retrieval_margin_ge_of_equal_rivals`` that is
the worst input, as no letter is nearer than ω. n ≥ 2, A ≥ 2, any real x.

Proof idea: (n − 1)·e^{−β(1 − cos ω)} = e^{−x}; the reduction has E = e^{β(1 − cos ω)} = (n − 1)u
where u = e^x. Tight: an equation.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

n, A = sp.symbols("n A", integer=True)
x = sp.Symbol("x", real=True)
E, N, u = sp.symbols("E N u", real=True)


def sentence(rivals: int) -> Claim:
    """The threshold counts n − 1 + rivals competitors."""
    cosine = sp.cos(2 * sp.pi / A)
    beta = (sp.log(n - 1 + rivals) + x) / (1 - cosine)
    return Claim(
        given=(sp.Ge(n, 2), sp.Ge(A, 2)),
        conclusion=sp.Eq(
            (n - 1) * sp.exp(beta * cosine) / sp.exp(beta), sp.exp(-x), evaluate=False
        ),
        source="ours",
        reduction=Claim(
            given=(sp.Gt(E, 0), sp.Ge(N, 1), sp.Gt(u, 0), sp.Eq(E, (N + rivals) * u)),
            conclusion=sp.Eq(N / E, 1 / u, evaluate=False),
        ),
    )


claim = sentence(0)
neighbours = {"log n": sentence(1), "log(n + 1)": sentence(2)}


def derive(claim: Claim) -> Evidence:
    """The difference lies in the ideal of E − Nu."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No E, N and u break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 20 and up to 8 letters."""
    return sampling.search(claim, {n: (2, 20), A: (2, 8)})
