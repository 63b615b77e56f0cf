"""One-plane Retrieval: the logit at distance t of a key k letters on is cos(kω + tθ).

The query, whose second letter is number f, is v turned by −fω; a key whose first letter is
number g is v turned by −gω; k = g − f. The logit is |v|²·cos(kω + tθ) for v = (a, b), at
any real θ and ω. At θ = 0 (information retrieval) it is cos(kω) at every distance.

Proof idea: expand with the angle-addition formulas. Letters may be counted from f, since v
turned by −fω is again any vector of the same length; then f = 0. Tight: an equation.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import rotation, score

a, b, f, g, t, omega, theta = sp.symbols("a b f g t omega theta", real=True)


def sentence(phase: sp.Expr) -> Claim:
    """The logit is the cosine of ``phase``."""
    v = sp.Matrix([a, b])
    return Claim(
        conclusion=sp.Eq(
            score(rotation(-f * omega) * v, rotation(-g * omega) * v, t * theta),
            v.dot(v) * sp.cos(phase),
            evaluate=False,
        ),
        source="urrutia2026heads, Retrieval construction; urrutia2025decoupling (f_SYM)",
    )


claim = sentence((g - f) * omega + t * theta)
neighbours = {
    "letters against the distance": sentence((f - g) * omega + t * theta),
    "one letter off": sentence((g - f + 1) * omega + t * theta),
}


def derive(claim: Claim) -> Evidence:
    """Expand both sides."""
    return symbolic.vanish(claim)


def decide(claim: Claim) -> Evidence:
    """With letters counted from f, no points on the unit circle for gω and tθ break it."""
    return smt.refute(claim.at({f: 0}))


def sample(claim: Claim) -> Evidence:
    """Search all reals."""
    return sampling.search(claim)
