"""Information retrieval leads every other letter by at least 1 − cos(2π/A), at any length.

One NoPE plane, A ≥ 2 letters at angles 2πk/A; the logit of a key k letters off is
cos(2πk/A) wherever it stands, so n does not occur.

Proof idea: with ω = 2π/A and 1 ≤ k ≤ A − 1, cos ω − cos kω =
2·sin((k + 1)ω/2)·sin((k − 1)ω/2), both half angles in [0, π]; in the reduction they are
h and h − ω. Tight: an equation, at k = 1.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

A, k = sp.symbols("A k", integer=True)
h, omega = sp.symbols("h omega", real=True)


def sentence(distance: int) -> Claim:
    """The nearest rival in score is ``distance`` letters off."""
    return Claim(
        given=(sp.Ge(A, 2),),
        conclusion=sp.Eq(
            Least(1 - sp.cos(2 * sp.pi * k / A), (k, 1, A - 1)),
            1 - sp.cos(2 * sp.pi * distance / A),
            evaluate=False,
        ),
        source="urrutia2025decoupling, information retrieval (f_SYM); gap ours",
        reduction=Claim(
            given=(sp.Ge(sp.sin(h), 0), sp.Ge(sp.sin(h - omega), 0)),
            conclusion=sp.Ge(sp.cos(distance * omega), sp.cos(2 * h - omega)),
        ),
    )


claim = sentence(1)
neighbours = {
    "the next letter forgotten": sentence(2),
    "two letters forgotten": sentence(3),
}


def derive(claim: Claim) -> Evidence:
    """The lead of the reduction is twice the product of the two sines."""
    return symbolic.certify(claim.reduced, lambda near, far: 2 * near * far)


def decide(claim: Claim) -> Evidence:
    """No points on the unit circle for h and ω break the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to 10 letters."""
    return sampling.search(claim, {A: (2, 10)})
