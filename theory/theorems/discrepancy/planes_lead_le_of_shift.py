"""No head leads the same content s farther away by more than Σ 2·r·|sin(sθ/2)|.

Planes have weights r ≥ 0, arbitrary phases φ and angles θ: the logit of one content at
offset t is Σ r·cos(φ + θt). With φ taken at the content's own offset, φ + sθ is the phase
s farther. It bounds the gap of any trained head by its own angles and norms.

Proof idea: with φ = p − h and sθ = 2h, cos(p − h) − cos(p + h) = 2·sin p·sin h in each
plane. Tight: p = π/2 in every plane.
"""

import sympy as sp

from theory.claim import Claim, summed
from theory.engines import sampling, smt
from theory.evidence import Evidence
from theory.tightness import Tightness

m = sp.Symbol("m", integer=True)
h, p, r = sp.symbols("h p r", real=True)


def sentence(factor: sp.Rational) -> Claim:
    """Each plane leads by at most ``factor``·r·|sin h|."""
    plane = Claim(
        given=(sp.Ge(r, 0),),
        conclusion=sp.Le(r * (sp.cos(p - h) - sp.cos(p + h)), factor * r * sp.Abs(sp.sin(h))),
        source="ours",
    )
    return summed(plane, over=(h, p, r), size=m)


claim = sentence(sp.Integer(2))
neighbours = {
    "nineteen tenths": sentence(sp.Rational(19, 10)),
    "one sine": sentence(sp.S.One),
}
tightness = Tightness(
    {m: 1, **{sp.IndexedBase(s.name, real=True)[1]: v for s, v in ((h, 1), (p, sp.pi / 2), (r, 1))}}
)


def decide(claim: Claim) -> Evidence:
    """No weight and no points on the unit circle for p and h break it in one plane."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to three planes."""
    return sampling.search(claim, {m: (1, 3)}, tightness)
