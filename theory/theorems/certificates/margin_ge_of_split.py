"""The least margin over inputs is at least the least bound of their parts: soundness of a split.

A set of inputs is parted by the token at one place, i from 1 to m; whatever else the input holds, c
from 1 to l, the part of token i has no margin f below b_i. Then no margin of the whole is below the
least b_i. So a certificate parts what one bound leaves open, and each part by another place.

Proof idea: every input is in a part. Tight: parts that attain their bounds.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

m, el = sp.symbols("m l", integer=True)
c, i = sp.symbols("c i", integer=True)
b, f = (sp.IndexedBase(name, real=True) for name in "bf")


def sentence(unseen: int, spare: sp.Rational = sp.S.Zero) -> Claim:
    """``unseen`` parts have no bound, and margins may fall ``spare`` below it."""
    part = Least(f[i, c], (c, 1, el))
    return Claim(
        given=(
            sp.Ge(m, 1),
            sp.Ge(el, 1),
            ForEach(sp.Le(b[i], part + spare), i, sp.S.One, m - unseen),
        ),
        conclusion=sp.Ge(
            Least(f[i, c], (c, 1, el), (i, 1, m)), Least(b[i], (i, 1, m)), evaluate=False
        ),
        source="ours; what certificates with splits rest on",
    )


claim = sentence(0)
neighbours = {"one part left out": sentence(1), "a tenth to spare": sentence(0, sp.Rational(1, 10))}
tightness = Tightness({m: 1, el: 1, b[1]: 1, f[1, 1]: 1})


def sample(claim: Claim) -> Evidence:
    """Search up to three parts of up to three inputs."""
    return sampling.search(claim, {m: (1, 3), el: (1, 3)}, tightness)
