"""One-plane Retrieval: the least gap is cos((n−2)θ) − cos(ω − (n−1)θ) while (n−1)θ ≤ ω/2.

Here ω = 2π/A for A ≥ 2 letters, n ≥ 3 and θ ≥ 0; the least is over all proper inputs. It
replaces Theorem 3.2 (Retrieval), whose bound it exceeds even for the worst rival.

Proof idea: a rival k letters off at distance t scores at most cos(ω − tθ), attained at
k = −1. Both cos sθ and −cos(ω − tθ) fall as s and t grow, so the two distances are n − 1
and n − 2. The reduction, with θ = 2h, ω = 2w and (n − 1)θ = w + h − p where p lies in
[0, π/2], says that the rival is the far one. Tight: an equation.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import retrieval_floor
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

n, A = sp.symbols("n A", integer=True)
theta = sp.Symbol("theta", real=True)
h, p, w = sp.symbols("h p w", real=True)


def sentence(rival: int) -> Claim:
    """The far rival stands ``rival`` short of n, the match one nearer."""
    omega = 2 * sp.pi / A
    far = w + h - p
    chosen = far - 2 * h * (rival - 1)
    return Claim(
        given=(
            *(sp.Ge(n, 3), sp.Ge(A, 2), sp.Ge(theta, 0)),
            sp.Le(theta, omega / (2 * (n - 1))),
        ),
        conclusion=sp.Eq(
            retrieval_floor(n, A, theta),
            sp.cos((n - rival - 1) * theta) - sp.cos(omega - (n - rival) * theta),
            evaluate=False,
        ),
        source="urrutia2026heads, Thm 3.2, corrected; ours",
        reduction=Claim(
            given=(sp.Ge(sp.sin(h), 0), sp.Ge(sp.cos(w), 0), sp.Ge(sp.sin(p), 0)),
            conclusion=sp.Le(
                sp.cos(chosen - 2 * h) - sp.cos(2 * w - chosen),
                sp.cos(far) - sp.cos(2 * w - far + 2 * h),
            ),
        ),
    )


claim = sentence(1)
neighbours = {"off by one, towards the published": sentence(0), "one nearer": sentence(2)}


def derive(claim: Claim) -> Evidence:
    """The difference of the two arrangements is 4·sin h·cos w·sin p."""
    evidence = symbolic.certify(claim.reduced, lambda sh, cw, sp_: 4 * sh * cw * sp_)
    return evidence.lifted("every n ≥ 3, every A ≥ 2, all real θ in range")


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for h, w and p break the reduction."""
    evidence = smt.refute(claim.reduced)
    return evidence.lifted("every n ≥ 3, every A ≥ 2, all real θ in range")


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 6 and up to 5 letters, every triple of the minimum."""
    return sampling.search(claim, {n: (3, 6), A: (2, 5)})
