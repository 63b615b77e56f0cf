"""The least sum over a product of choices is the sum of the least terms.

Two places, with m choices of a term f at the first and l choices of a term g at the second, made
freely of each other. With f the sums of all choices at earlier places it adds one place at a time;
so over a product of choices for n places the least sum is Σ over places of the least term, and an
input attains it. A certificate reads the least margin of a model over all inputs off its tables by
it.

Proof idea: each sum is at least the sum of the leasts, and where both are attained it is that.
Tight: an equation.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence

m, el = sp.symbols("m l", integer=True)
i, k = sp.symbols("i k", integer=True)
f, g = (sp.IndexedBase(name, real=True) for name in "fg")


def sentence(factor: int, short: int = 0) -> Claim:
    """The second term counts ``factor`` times; the second minimum leaves ``short`` choices out."""
    return Claim(
        given=(sp.Ge(m, 1), sp.Ge(el, 1 + short)),
        conclusion=sp.Eq(
            Least(f[i] + factor * g[k], (k, 1, el), (i, 1, m)),
            Least(f[i], (i, 1, m)) + factor * Least(g[k], (k, 1, el - short)),
            evaluate=False,
        ),
        source="ours; what certificates of one-block models rest on",
    )


claim = sentence(1)
neighbours = {
    "one less the other": sentence(-1),
    "one choice left out": sentence(1, short=1),
}


def sample(claim: Claim) -> Evidence:
    """Search up to three choices at each place."""
    return sampling.search(claim, {m: (1, 3), el: (1, 3)})
