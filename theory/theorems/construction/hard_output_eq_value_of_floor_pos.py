"""A hard head returns its target's value exactly where the target leads every other position.

n positions with scores s and values v. A hard head is any weights h ≥ 0 that add up to 1 and whose
mean score is no less than any one score, so that ties may be shared out in any way. The target d
has a floor above 0: s_d > s_j for every other j. Then the output is v_d, and the head is right.

Proof idea: the mean score is s_d less the sum of h_j(s_d − s_j); no term of it is negative, so each
is 0, and all weight is at d. Tight: at a floor of 0 a rival may have all weight.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import enclosure, sampling
from theory.evidence import Evidence, Verdict

d, n = sp.symbols("d n", integer=True)
j, t = sp.symbols("j t", integer=True)
h, s, v = (sp.IndexedBase(name, real=True) for name in "hsv")

others = ((sp.S.Zero, d - 1), (d + 1, n - 1))
shares = (
    ForEach(sp.Ge(h[j], 0), j, sp.S.Zero, n - 1),
    sp.Eq(h[d], 1 - sp.Add(*(sp.Sum(h[j], (j, *ends)) for ends in others))),
)
mean_score = sp.Sum(h[t] * s[t], (t, 0, n - 1))


def sentence(short: sp.Rational, floor: sp.Rational = sp.S.Zero) -> Claim:
    """The mean score is at most ``short`` below any score, and the target leads by ``floor``."""
    return Claim(
        given=(
            sp.Ge(d, 0),
            sp.Le(d, n - 1),
            *shares,
            ForEach(sp.Ge(mean_score, s[j] - short), j, sp.S.Zero, n - 1),
            *(ForEach(sp.Gt(s[d], s[j] + floor), j, *ends) for ends in others),
        ),
        conclusion=sp.Eq(sp.Sum(h[t] * v[t], (t, 0, n - 1)), v[d], evaluate=False),
        source="urrutia2026heads, §3 (hard attention); ours",
    )


claim = sentence(sp.S.Zero)
neighbours = {
    "a mean score a tenth too low": sentence(sp.Rational(1, 10)),
    "rivals that lead by one": sentence(sp.S.Zero, floor=-sp.S.One),
}
zero, one = sp.S.Zero, sp.S.One
elsewhere = {d: zero, n: sp.Integer(2), h[0]: zero, h[1]: one, v[0]: one, v[1]: zero}


def sample(claim: Claim) -> Evidence:
    """Search a rival with all weight, a little below its target or above, then all weights."""
    for score in (sp.Rational(9, 10), sp.Rational(3, 2)):
        evidence = enclosure.witness(claim, {**elsewhere, s[0]: one, s[1]: score})
        if evidence.verdict is Verdict.REFUTED:
            return evidence
    return sampling.search(claim, {n: (1, 3), d: (0, 2)})
