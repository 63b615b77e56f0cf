"""A walk costs at least the potential of its start less that of its end: the path lemma.

A walk of n steps with the costs e; p_j is the potential of where it stands after j steps. If no
step costs less than the potential falls over it, the whole costs at least p_0 − p_n. Potentials are
the lengths of shortest paths to the end, computed backwards from it; so a certificate of two blocks
bounds a sum over positions whose terms depend on two neighbouring tokens, over all sequences of
tokens.

Proof idea: the falls of the potential add up, step by step. Tight: along a shortest path.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
j = sp.Symbol("j", integer=True)
e, p = (sp.IndexedBase(name, real=True) for name in "ep")


def sentence(share: sp.Rational, last: int = 0) -> Claim:
    """Each step costs ``share`` of its fall; the end is where the walk is ``last`` steps before."""
    return Claim(
        given=(
            sp.Ge(n, 1),
            ForEach(sp.Ge(e[j], share * (p[j - 1] - p[j])), j, sp.S.One, n),
        ),
        conclusion=sp.Ge(sp.Sum(e[j], (j, 1, n)), p[0] - p[n - last]),
        source="ours; what certificates of two-block models rest on",
    )


claim = sentence(sp.S.One)
neighbours = {
    "half of each fall": sentence(sp.S.Half),
    "the last step free": sentence(sp.S.One, last=1),
}
tightness = Tightness({n: 1, e[1]: 1, p[0]: 1, p[1]: 0})


def sample(claim: Claim) -> Evidence:
    """Search walks of up to four steps."""
    return sampling.search(claim, {n: (1, 4)}, tightness)
