"""No head leads the same content both s nearer and s farther by more than Σ r·(1 − cos sθ).

Planes have weights r ≥ 0, arbitrary phases φ and angles θ: the logit of one content at
offset t is Σ r·cos(φ + θt). The lead is over the mean of the two, hence over the better.
For one plane of weight 1 this is the first published Index bound, under the floor reading.

Proof idea: with φ = 2p and sθ = 2h, what is missing to equality is 4·r·sin²p·sin²h in each
plane. Tight: all phases 0.
"""

import sympy as sp

from theory.claim import Claim, summed
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

m = sp.Symbol("m", integer=True)
h, p, r = sp.symbols("h p r", real=True)


def sentence(factor: sp.Rational) -> Claim:
    """Each plane leads by at most ``factor``·r·(1 − cos 2h)."""
    mean = (sp.cos(2 * p + 2 * h) + sp.cos(2 * p - 2 * h)) / 2
    plane = Claim(
        given=(sp.Ge(r, 0),),
        conclusion=sp.Le(r * (sp.cos(2 * p) - mean), factor * r * (1 - sp.cos(2 * h))),
        source="urrutia2026heads, Thm 3.2 (first bound), for many planes; ours",
    )
    return summed(plane, over=(h, p, r), size=m)


claim = sentence(sp.S.One)
neighbours = {
    "nine tenths": sentence(sp.Rational(9, 10)),
    "the sign turned": sentence(sp.S.NegativeOne),
}
tightness = Tightness(
    {m: 1, **{sp.IndexedBase(s.name, real=True)[1]: v for s, v in ((h, 1), (p, 0), (r, 1))}}
)


def derive(claim: Claim) -> Evidence:
    """What is missing in one plane is r times two squares."""
    return symbolic.certify(
        claim.reduced, lambda weight: 4 * weight * sp.sin(p) ** 2 * sp.sin(h) ** 2
    )


def decide(claim: Claim) -> Evidence:
    """No weight and no points on the unit circle for p and h break it in one plane."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to three planes."""
    return sampling.search(claim, {m: (1, 3)}, tightness)
