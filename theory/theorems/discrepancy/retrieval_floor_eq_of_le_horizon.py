"""One-plane Retrieval: the least gap is cos((n−2)θ) − cos(ω − (n−1)θ) while (2n−3)θ ≤ ω.

Here ω = 2π/A for A ≥ 2 letters, n ≥ 3 and θ ≥ 0; the least is over all proper inputs. The
range is the whole horizon: the formula is positive inside it and 0 at its end.

Proof idea: (n−1)θ ≤ 2ω/3, so a rival at distance t scores at most cos(ω − tθ), with k = −1.
Both cos sθ and −cos(ω − tθ) fall as s ≠ t grow, so these are n − 1 and n − 2. With θ = 2h,
ω = 2w and (2n−3)θ = ω − 2q, the far match has the larger gap, by 4·sin h·cos w·sin q, since
h, w and q all lie in [0, π/2]. Tight: an equation; just beyond the horizon it fails if A > 2.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import retrieval_floor
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

n, A = sp.symbols("n A", integer=True)
theta = sp.Symbol("theta", real=True)
h, q, w = sp.symbols("h q w", real=True)


def sentence(horizon: int, rival: int = 1) -> Claim:
    """For (2n − horizon)θ ≤ ω the match stands at n − rival − 1, the rival at n − rival.

    In the reduction, 2q = ω − (2n − horizon)θ, and ``near`` is (n − 2)θ.
    """
    omega = 2 * sp.pi / A
    near = w - q - h + (horizon - 3) * h
    return Claim(
        given=(
            *(sp.Ge(n, 3), sp.Ge(A, 2), sp.Ge(theta, 0)),
            sp.Le(theta, omega / (2 * n - horizon)),
        ),
        conclusion=sp.Eq(
            retrieval_floor(n, A, theta),
            sp.cos((n - rival - 1) * theta) - sp.cos(omega - (n - rival) * theta),
            evaluate=False,
        ),
        source="urrutia2026heads, Thm 3.2, corrected; ours",
        reduction=Claim(
            given=(sp.Ge(sp.sin(h), 0), sp.Ge(sp.cos(w), 0), sp.Ge(sp.sin(q), 0)),
            conclusion=sp.Le(
                sp.cos(near - 2 * h * (rival - 1)) - sp.cos(2 * w - near - 2 * h * (2 - rival)),
                sp.cos(near + 2 * h) - sp.cos(2 * w - near),
            ),
        ),
    )


claim = sentence(3)
neighbours = {
    "a horizon one longer": sentence(4),
    "off by one, towards the published": sentence(3, rival=0),
    "one nearer": sentence(3, rival=2),
}


def derive(claim: Claim) -> Evidence:
    """The difference of the two arrangements is 4·sin h·cos w·sin q."""
    return symbolic.certify(claim.reduced, lambda sh, cw, sq: 4 * sh * cw * sq)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for h, w and q break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 6 and up to 5 letters, every triple of the minimum."""
    return sampling.search(claim, {n: (3, 6), A: (2, 5)})
