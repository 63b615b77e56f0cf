"""A soft head's margin is at least the sum of its positions' least shares over the sum of weights.

n positions with weights w > 0 before normalising, values g, direct part D: the margin is
Σ w·g/Σ w + D. If c bounds w·(g + D) from below at each position, whatever stands there, then
the margin times Σ w is at least Σ c. So its sign over all inputs is decided position by
position: this is what a certificate of a one-layer model rests on.

Proof idea: with S = Σ w·g, Z = Σ w and C = Σ c, S + D·Z = Σ w·(g + D) ≥ C, and Z is positive.
Tight: equality where every position takes its least share, and that input is the witness.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
j = sp.Symbol("j", integer=True)
c, g, w = (sp.IndexedBase(name, real=True) for name in "cgw")
C, D, S, Z = sp.symbols("C D S Z", real=True)


def sentence(direct: sp.Rational) -> Claim:
    """The shares hold ``direct``·D where the margin holds D."""

    def total(term: sp.Expr) -> sp.Expr:
        return sp.Sum(term, (j, 1, n))

    return Claim(
        given=(
            sp.Ge(n, 1),
            ForEach(sp.Gt(w[j], 0), j, sp.S.One, n),
            ForEach(sp.Le(c[j], w[j] * (g[j] + direct * D)), j, sp.S.One, n),
        ),
        conclusion=sp.Ge(total(w[j] * g[j]) / total(w[j]) + D, total(c[j]) / total(w[j])),
        source="gross2024compact, for one head; ours",
        reduction=Claim(
            given=(sp.Gt(Z, 0), sp.Le(C, S + direct * D * Z)),
            conclusion=sp.Ge(S / Z + D, C / Z),
        ),
    )


claim = sentence(sp.S.One)
neighbours = {
    "the direct part forgotten": sentence(sp.S.Zero),
    "its sign turned": sentence(sp.S.NegativeOne),
    "counted twice": sentence(sp.Integer(2)),
}
tightness = Tightness({n: 1, w[1]: 1, g[1]: 1, c[1]: 3, D: 2})


def derive(claim: Claim) -> Evidence:
    """The gap is (S + D·Z − C)/Z."""
    return symbolic.certify(claim.reduced, lambda z, slack: slack / z)


def decide(claim: Claim) -> Evidence:
    """No S, Z, C and D break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to four positions."""
    return sampling.search(claim, {n: (1, 4)}, tightness)
