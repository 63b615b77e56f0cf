"""The least margin over all inputs is the sum over positions of the least terms.

n positions with m choices each, made freely; position j adds a_ji where its choice is i. An input
is a number c from 0 to m^n − 1: its digits to the base m are its choices. The least of all m^n sums
is the sum of the n least terms, so a certificate reads the least margin over all inputs off its
tables, and the input that attains it.

Proof idea: every sum is at least that of the least terms; the digits that attain these make up an
input. Tight: an equation.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence

m, n = sp.symbols("m n", integer=True)
c, i, j = sp.symbols("c i j", integer=True)
a = sp.IndexedBase("a", real=True)


def sentence(inputs: sp.Expr, short: int = 0) -> Claim:
    """Over the first ``inputs`` inputs; the minima leave ``short`` choices out."""
    choice = sp.Mod(sp.floor(c / m**j), m)
    return Claim(
        given=(sp.Ge(m, 1 + short), sp.Ge(n, 0)),
        conclusion=sp.Eq(
            Least(sp.Sum(a[j, choice], (j, 0, n - 1)), (c, 0, inputs - 1)),
            sp.Sum(Least(a[j, i], (i, 0, m - 1 - short)), (j, 0, n - 1)),
            evaluate=False,
        ),
        source="ours; what certificates of one-block models rest on",
    )


claim = sentence(m**n)
neighbours = {"fewer inputs": sentence(m * n + 1), "one choice left out": sentence(m**n, short=1)}


def sample(claim: Claim) -> Evidence:
    """Search up to three positions with up to three choices."""
    return sampling.search(claim, {m: (1, 3), n: (0, 3)})
