"""No sequence of tokens costs less than its start's potential less its end's: the path lemma.

m tokens, n steps; a step from token i to token k costs w_jik as the j-th. A sequence is an integer
c: its lowest digits to the base m are its n + 1 tokens, x_0 first. If no step costs less than the
potential p falls over it, the sequence costs at least p_0 of x_0 less p_n of x_n. The lengths of
shortest paths to the end are such potentials; so a certificate of two blocks bounds, over all
inputs, a sum over positions whose terms depend on two neighbouring tokens.

Proof idea: the falls of the potential add up, step by step. Tight: along a shortest path.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

m, n = sp.symbols("m n", integer=True)
c, i, j, k = sp.symbols("c i j k", integer=True)
p, w = (sp.IndexedBase(name, real=True) for name in "pw")


def sentence(share: sp.Rational, unpaid: int = 0) -> Claim:
    """A step costs ``share`` of its fall; ``unpaid`` steps at the end may cost anything."""

    def token(place: sp.Expr) -> sp.Expr:
        return sp.Mod(sp.floor(c / m**place), m)

    fall = share * (p[j - 1, i] - p[j, k])
    return Claim(
        given=(
            *(sp.Ge(m, 1), sp.Ge(n, 1)),
            ForEach(
                sp.Ge(Least(w[j, i, k] - fall, (k, 0, m - 1), (i, 0, m - 1)), 0),
                *(j, sp.S.One, n - unpaid),
            ),
        ),
        conclusion=sp.Ge(
            sp.Sum(w[j, token(j - 1), token(j)], (j, 1, n)),
            p[0, token(sp.S.Zero)] - p[n, token(n)],
        ),
        source="ours; what certificates of two-block models rest on",
    )


claim = sentence(sp.S.One)
neighbours = {
    "half of each fall": sentence(sp.S.Half),
    "the last step unpaid": sentence(sp.S.One, unpaid=1),
}
tightness = Tightness({m: 1, n: 1, c: 0, w[1, 0, 0]: 1, p[0, 0]: 1, p[1, 0]: 0})


def sample(claim: Claim) -> Evidence:
    """Search up to two tokens and two steps."""
    return sampling.search(claim, {m: (1, 2), n: (1, 2), c: (0, 7)}, tightness)
