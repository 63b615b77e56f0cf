"""One plane holds a symbol match at no angle for ever: from n ≥ (ω/θ + 3)/2 on it fails.

ω = 2π/A for A ≥ 2 letters, any θ in (0, ω], n ≥ 3; failing means that some proper input of
length n leaves the match a lead of at most 0. Every such θ has such an n, the first being
⌈(ω/θ + 3)/2⌉ or 3. For faster planes see retrieval_floor_nonpos_of_fast_plane.

Proof idea: n ≥ (ω/θ + 3)/2 is (2n − 3)θ ≥ ω, the hypothesis of
retrieval_floor_nonpos_of_ge_horizon; retrieval_floor_pos_of_lt_horizon says that shorter
lengths are safe. The reduction is that step, with w for ω. Tight: equality gives a draw.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import retrieval_floor
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n, A = sp.symbols("n A", integer=True)
N, theta, w = sp.symbols("N theta w", real=True)


def sentence(offset: int) -> Claim:
    """It fails from n ≥ (ω/θ + ``offset``)/2 on."""
    omega = 2 * sp.pi / A
    return Claim(
        given=(
            *(sp.Ge(n, 3), sp.Ge(A, 2), sp.Gt(theta, 0), sp.Le(theta, omega)),
            sp.Ge(n, (omega / theta + offset) / 2),
        ),
        conclusion=sp.Le(retrieval_floor(n, A, theta), 0),
        source="urrutia2026heads, Thm 3.2, corrected; ours",
        reduction=Claim(
            given=(sp.Gt(theta, 0), sp.Ge(N, (w / theta + offset) / 2)),
            conclusion=sp.Ge((2 * N - 3) * theta, w),
        ),
    )


claim = sentence(3)
neighbours = {"half a position early": sentence(2), "a position early": sentence(1)}
tightness = Tightness({theta: 2 * sp.pi / A / (2 * n - 3)})
cites = ("retrieval_floor_nonpos_of_ge_horizon", "retrieval_floor_pos_of_lt_horizon")


def derive(claim: Claim) -> Evidence:
    """What is left of (2n − 3)θ − ω is twice θ times the slack."""
    return symbolic.certify(claim.reduced, lambda angle, slack: 2 * angle * slack)


def decide(claim: Claim) -> Evidence:
    """No θ, n and ω break the step."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 5 and up to 5 letters."""
    return sampling.search(claim, {n: (3, 5), A: (2, 5)})
