"""Absolute indexing, one plane, θ just above 2π/n: the weight is an inverted U in the position.

The target stands j from the start, 0 ≤ j < n, position t has the logit β·cos((t − j)θ), β ≥ 0,
2π/n ≤ θ ≤ 2π/(n − 2), n ≥ 4. A step towards the middle, from j to j + 1 with 2j + 2 ≤ n, does not
lower the weight; by reflection, neither does one from the other end. For θ ≤ 2π/n it is the
other way round: see ``weight_le_of_target_nearer_middle``.

Proof idea: of the rivals' terms f(u) = e^{β·cos uθ} the step trades f(n − 1 − j) for f(j + 1). With
π + p = nθ/2 and q = (n − 2 − 2j)θ/2, both p and q in [0, π], the cosines are those of π + p ± q,
and cos(π + p + q) − cos(π + p − q) = 2·sin p·sin q. Tight: equality at 2j + 2 = n, and at
θ = 2π/n.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n, j = sp.symbols("n j", integer=True)
t = sp.Symbol("t", integer=True)
beta, theta = sp.symbols("beta theta", real=True)
p, q = sp.symbols("p q", real=True)


def sentence(beyond: int) -> Claim:
    """A step to j + 1 does not lower the weight while 2j + 2 ≤ n + beyond."""

    def weight(target: sp.Expr) -> sp.Expr:
        logit = beta * sp.cos((t - target) * theta)
        return sp.exp(beta) / sp.Sum(sp.exp(logit), (t, 0, n - 1))

    return Claim(
        given=(
            *(sp.Ge(n, 4), sp.Ge(j, 0), sp.Le(2 * j + 2, n + beyond), sp.Le(j + 1, n - 1)),
            *(sp.Ge(beta, 0), sp.Ge(theta, 2 * sp.pi / n), sp.Le(theta, 2 * sp.pi / (n - 2))),
        ),
        conclusion=sp.Ge(weight(j + 1), weight(j)),
        source="urrutia2025decoupling, Thms 7 and 8 (inverted U), from first principles",
        reduction=Claim(
            given=(sp.Ge(sp.sin(p), 0), sp.Ge(sp.sin(q + beyond * p), 0)),
            conclusion=sp.Ge(sp.cos(sp.pi + p + q), sp.cos(sp.pi + p - q)),
        ),
    )


claim = sentence(0)
neighbours = {"a step beyond the middle": sentence(1), "two steps beyond": sentence(2)}
tightness = Tightness({n: 4, j: 1, beta: 1, theta: 2})


def derive(claim: Claim) -> Evidence:
    """The difference of the cosines is 2·sin p·sin q."""
    return symbolic.certify(claim.reduced, lambda sp_, sq: 2 * sp_ * sq)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for p and q break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 6."""
    return sampling.search(claim, {n: (4, 6), j: (0, 4)}, tightness)
