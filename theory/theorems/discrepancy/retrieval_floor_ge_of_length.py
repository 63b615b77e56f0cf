"""One-plane Retrieval: the least gap is at least 2·sin(ω/2)·sin(ω/2 − (n−1)θ), (n−1)θ ≤ ω.

Here ω = 2π/A for A ≥ 2 letters, n ≥ 2 and θ ≥ 0; the least is over all proper inputs.

Proof idea: the bound is cos z − cos(ω − z) at z = (n−1)θ ≤ ω ≤ π. A match at sθ = x ≤ z has
cos x ≥ cos z, a rival at tθ = y ≤ z scores at most cos(ω − y) ≤ cos(ω − z): with z, x = a ± b
the first difference is 2·sin a·sin b, with ω − z, ω − y = c ∓ d the second 2·sin c·sin d,
where a, b, c and d lie in [0, π]. Tight: equality at θ = 0; short of the exact floor by
at most θ.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import retrieval_floor
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n, A = sp.symbols("n A", integer=True)
theta = sp.Symbol("theta", real=True)
a, b, c, d = sp.symbols("a b c d", real=True)


def sentence(short: int) -> Claim:
    """The bound with the farthest match and rival at z = (n − 1 − short)θ."""
    omega = 2 * sp.pi / A
    less = short * (a + b)
    return Claim(
        given=(
            *(sp.Ge(n, 2), sp.Ge(A, 2), sp.Ge(theta, 0)),
            sp.Le(theta, omega / (n - 1)),
        ),
        conclusion=sp.Ge(
            retrieval_floor(n, A, theta),
            2 * sp.sin(omega / 2) * sp.sin(omega / 2 - (n - 1 - short) * theta),
        ),
        source="urrutia2026heads, Thm 3.2, corrected; ours",
        reduction=Claim(
            given=tuple(sp.Ge(sp.sin(x), 0) for x in (a, b, c, d)),
            conclusion=sp.Ge(
                sp.cos(a - b) - sp.cos(c + d), sp.cos(a + b - less) - sp.cos(c - d + less)
            ),
        ),
    )


claim = sentence(0)
neighbours = {"a length one shorter": sentence(1)}
tightness = Tightness({n: 4, A: 3, theta: 0})


def derive(claim: Claim) -> Evidence:
    """The gap of the reduction is 2·sin a·sin b + 2·sin c·sin d."""
    return symbolic.certify(claim.reduced, lambda sa, sb, sc, sd: 2 * sa * sb + 2 * sc * sd)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for a, b, c and d break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 6 and up to 5 letters."""
    return sampling.search(claim, {n: (2, 6), A: (2, 5)}, tightness)
