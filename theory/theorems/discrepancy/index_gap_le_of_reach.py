"""One-plane Index: with rivals at every distance up to M the gap is at most 1 − cos(2π/(M+1)).

The gap is g(M) = min over 1 ≤ t ≤ M of 1 − cos tθ, at any real angle θ. It replaces
Theorem 3.2 (Index): the floor is g(n − 1), the peak has M = ⌈(n − 1)/2⌉.

Proof idea: with α = θ/2π and r = 1/(M+1), neighbours a/b < c/d of the Farey sequence of
order M are 1/(bd) apart and b + d ≥ M + 1, so the arcs of half-width r/b and r/d about
them meet: the arcs cover the circle, some t ≤ M has ‖tα‖ ≤ r ≤ 1/2, and 1 − cos grows
up to π. Tight: equality at θ = 2π/(M + 1).
"""

from fractions import Fraction

import sympy as sp

from theory.claim import Claim
from theory.discrepancy import index_gap
from theory.engines import diophantine, enclosure, sampling, smt, symbolic
from theory.evidence import Evidence, Verdict
from theory.tightness import Tightness

M = sp.Symbol("M", integer=True)
theta = sp.Symbol("theta", real=True)
b, d, order = sp.symbols("b d M", real=True)


def sentence(extra: sp.Rational) -> Claim:
    """The bound 1 − cos(2π/(M + extra))."""
    radius = 1 / (order + extra)
    return Claim(
        given=(sp.Ge(M, 1),),
        conclusion=sp.Le(index_gap(M, theta), 1 - sp.cos(2 * sp.pi / (M + extra))),
        source="urrutia2026heads, Thm 3.2, corrected; ours",
        reduction=Claim(
            given=(sp.Ge(order, 1), sp.Ge(b, 1), sp.Ge(d, 1), sp.Ge(b + d, order + 1)),
            conclusion=sp.Ge(radius / b + radius / d, 1 / (b * d)),
        ),
    )


claim = sentence(sp.S.One)
neighbours = {
    "M + 2 for M + 1": sentence(sp.Integer(2)),
    "M + 3/2 for M + 1": sentence(sp.Rational(3, 2)),
}
tightness = Tightness({theta: 2 * sp.pi / (M + 1)})


def derive(claim: Claim) -> Evidence:
    """The two half-widths exceed the distance by (b + d − M − 1)/(bd(M + 1))."""
    return symbolic.certify(
        claim.reduced,
        lambda more, b1, d1, slack: slack / ((1 + b1) * (1 + d1) * (2 + more)),
    )


def decide(claim: Claim) -> Evidence:
    """No denominators b, d and order M leave a gap between the arcs."""
    return smt.refute(claim.reduced)


def exhaust(claim: Claim) -> Evidence:
    """For each M the arcs are laid out as exact fractions; no point of the circle is left."""
    last = 40
    angle = (1 - claim.conclusion.rhs).args[0]
    for size in range(1, last + 1):
        turn = angle.subs(M, size) / (2 * sp.pi)
        radius = abs(Fraction(int(turn.p), int(turn.q)) - round(turn))
        alpha = diophantine.uncovered(size, radius)
        if alpha is not None:
            return enclosure.witness(claim, {M: size, theta: 2 * sp.pi * sp.Rational(alpha)})
    return Evidence(
        verdict=Verdict.SURVIVED,
        scope=f"M ≤ {last}, all real θ",
        trusts=("exact fractions",),
    )


def sample(claim: Claim) -> Evidence:
    """Search M up to 12."""
    return sampling.search(claim, {M: (1, 12)}, tightness)
