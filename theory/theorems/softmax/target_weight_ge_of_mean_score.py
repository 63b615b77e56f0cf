"""A head whose mean score is within ε of its target's gives it a weight of at least 1 − ε/λ.

n positions with scores s; any weights h ≥ 0 that add up to 1, soft or hard. The target d leads
every other position by a floor λ > 0, and its score is at most ε above the mean score Σ h·s. At
ε = 0 the head is hard and all weight is at d: ``hard_output_eq_value_of_floor_pos``.

Proof idea: s_d less the mean score is the sum of h_j(s_d − s_j) over the others, which is at least
λ(1 − h_d). Tight: every rival trails by λ.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence
from theory.theorems.construction.hard_output_eq_value_of_floor_pos import (
    d,
    h,
    j,
    mean_score,
    n,
    others,
    s,
    shares,
)
from theory.tightness import Tightness

eps, lead = sp.symbols("epsilon lambda", real=True)


def sentence(share: sp.Rational) -> Claim:
    """The weight is at least 1 less ``share``·ε/λ."""
    return Claim(
        given=(
            sp.Ge(d, 0),
            sp.Le(d, n - 1),
            sp.Gt(lead, 0),
            *shares,
            *(ForEach(sp.Ge(s[d] - s[j], lead), j, *ends) for ends in others),
            sp.Le(s[d] - mean_score, eps),
        ),
        conclusion=sp.Ge(h[d], 1 - share * eps / lead),
        source="urrutia2026heads, §3 (hard attention); ours",
    )


claim = sentence(sp.S.One)
neighbours = {
    "half of ε/λ": sentence(sp.S.Half),
    "nine tenths of ε/λ": sentence(sp.Rational(9, 10)),
}
half = sp.S.Half
tightness = Tightness({n: 2, d: 0, s[0]: 1, s[1]: 0, h[0]: half, h[1]: half, lead: 1, eps: half})


def sample(claim: Claim) -> Evidence:
    """Search up to three positions."""
    return sampling.search(claim, {n: (1, 3), d: (0, 2)}, tightness)
