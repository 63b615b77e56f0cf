"""One-plane Index at θ = 2π/(M + 1), with rivals up to M ≥ 1: the gap is 1 − cos(2π/(M + 1)).

This is the angle at which the bound of ``index_gap_le_of_reach`` is attained: a full turn
is divided among the target and M rivals.

Proof idea: the rival at t = 1 has this lead. One at 1 ≤ t ≤ M has no smaller one, as
cos(p − q) − cos(p + q) = 2·sin p·sin q with p = (t + 1)θ/2 and q = (t − 1)θ/2, both in [0, π].
Tight: an equation.
"""

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import index_gap
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

M = sp.Symbol("M", integer=True)
p, q = sp.symbols("p q", real=True)


def sentence(parts: sp.Expr, shift: int = 0) -> Claim:
    """The gap at θ = 2π/parts is 1 − cos θ; ``shift`` spoils the reduction likewise."""
    theta = 2 * sp.pi / parts
    return Claim(
        given=(sp.Ge(M, 1),),
        conclusion=sp.Eq(
            index_gap(M, theta), 1 - sp.cos(2 * sp.pi / (parts + shift)), evaluate=False
        ),
        source="urrutia2026heads, Thm 3.2, corrected; ours",
        reduction=Claim(
            given=(sp.Ge(sp.sin(p), 0), sp.Ge(sp.sin(q - (M + 1 - parts) * p), 0)),
            conclusion=sp.Ge(sp.cos(p - q), sp.cos(p + q - shift * p)),
        ),
    )


claim = sentence(M + 1)
neighbours = {
    "M parts": sentence(M),
    "one part more on the right": sentence(M + 1, 1),
}


def derive(claim: Claim) -> Evidence:
    """The rival's lead exceeds that at t = 1 by 2·sin p·sin q."""
    return symbolic.certify(claim.reduced, lambda sp_, sq: 2 * sp_ * sq)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for p and q give a smaller lead."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Evaluate both sides at M up to 20."""
    return sampling.search(claim, {M: (1, 20)})
