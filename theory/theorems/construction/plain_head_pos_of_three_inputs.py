"""No plain one-layer head does induction on the inputs abbca, bcaba, acbba and bbaca.

The letter after the first a must come out: b, b, c and c. A plain head adds up, over keys,
weight times value; up to the positive normaliser, the score of b less that of c is a sum
of one term per key, which depends on the key's token and distance alone, whatever the
angles, matrices, temperature and readout are (the direct path of the query joins in).
``abbc`` says that the terms of a, b, b, c at distances 4, 3, 2, 1 add up, with the term q
of the query, to a positive number. If three inputs come out right, or tie, the fourth sum is not
negative, as it would have to be.

Proof idea: the first two inputs and the last two hold the same tokens at each distance, so
their sums are equal; two positive sums and a negative one leave no second negative one.
One layer needs h·m·p = Ω(n) heads, size and bits for induction (sanford2024onelayer).
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

q = sp.Symbol("q", real=True)


def sentence(*inputs: str) -> Claim:
    """No sum of the first two inputs is negative and the third is not positive."""
    first, second, third, fourth = (
        q + sp.Add(*(sp.Symbol(f"{x}{4 - k}", real=True) for k, x in enumerate(keys)))
        for keys in inputs
    )
    return Claim(
        given=(sp.Ge(first, 0), sp.Ge(second, 0), sp.Le(third, 0)),
        conclusion=sp.Ge(fourth, 0),
        source="ours; sanford2024onelayer for the lower bound in n",
    )


claim = sentence("abbc", "bcab", "acbb", "bbac")
neighbours = {
    "two letters farther apart": sentence("abbc", "bcab", "acbb", "cbac"),
    "only one follower moved": sentence("abbc", "bcab", "acbc", "bbac"),
}


def derive(claim: Claim) -> Evidence:
    """The fourth sum is the first two less the third."""
    return symbolic.certify(claim, lambda first, second, third: first + second + third)


def decide(claim: Claim) -> Evidence:
    """Linear real arithmetic: no terms break it."""
    return smt.refute(claim)


def sample(claim: Claim) -> Evidence:
    """Search all terms."""
    return sampling.search(claim)
