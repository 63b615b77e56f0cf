"""A symbolic head gives the previous token at most 1/n in some order of n contents.

A NoPE head is symbolic, by symbolic_of_nope: content k has one logit ``l[k]`` wherever it
stands, and weights move with contents. R ≥ 0 is what the query itself, or anything else
left alone, adds to the softmax. So no NoPE head attends to the previous token.

Proof idea: put content k before the query: its weight is exp l[k] over S + R, with S the
sum of all n exponentials. The least exponential is m ≤ S/n. Tight: equal logits, R = 0.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n, k = sp.symbols("n k", integer=True)
l = sp.IndexedBase("l", real=True)  # noqa: E741
N, R, S, m = sp.symbols("N R S m", real=True)


def sentence(more: int) -> Claim:
    """The weight is at most 1/(n + ``more``)."""
    exponential = sp.exp(l[k])
    least, total = Least(exponential, (k, 1, n)), sp.Sum(exponential, (k, 1, n))
    return Claim(
        given=(sp.Ge(n, 1), sp.Ge(R, 0)),
        conclusion=sp.Le(least / (total + R), 1 / (n + more)),
        source="ours; previous token of olsson2022induction",
        reduction=Claim(
            given=(sp.Gt(m, 0), sp.Ge(N, 1), sp.Ge(S, N * m), sp.Ge(R, 0)),
            conclusion=sp.Le(m / (S + R), 1 / (N + more)),
        ),
    )


claim = sentence(0)
neighbours = {"one content more": sentence(1), "two contents more": sentence(2)}
tightness = Tightness({n: 3, R: 0, l[1]: 1, l[2]: 1, l[3]: 1})


def derive(claim: Claim) -> Evidence:
    """The gap is (S − N·m + R) over a product of positive numbers."""
    return symbolic.certify(
        claim.reduced,
        lambda low, extra, slack, rest: (
            (slack + rest) / ((1 + extra) * (slack + (1 + extra) * low + rest))
        ),
    )


def decide(claim: Claim) -> Evidence:
    """No m, N, S and R break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to five contents."""
    return sampling.search(claim, {n: (1, 5)}, tightness)
