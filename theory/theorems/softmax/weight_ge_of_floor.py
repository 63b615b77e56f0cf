"""A target whose logit leads every other by at least λ has weight ≥ 1/(1 + (n−1)e^{−βλ}).

n positions, inverse temperature β ≥ 0; ``g[j]`` is the target's lead over rival j.

Proof idea: the weight is 1/(1 + S) with S = Σ e^{−β g[j]}; each term is at most
u = e^{−βλ}, so S ≤ (n−1)u, and 1/(1 + S) falls with S. Tight: equality iff every lead
is λ (or β = 0).
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
j = sp.Symbol("j", integer=True)
g = sp.IndexedBase("g", real=True)
beta, lead = sp.symbols("beta lambda", real=True)
N, S, u = sp.symbols("N S u", real=True)


def sentence(fewer: int) -> Claim:
    """The bound with ``fewer`` than n − 1 rivals counted."""
    floor = sp.exp(-beta * lead)
    return Claim(
        given=(sp.Ge(n, 2), sp.Ge(beta, 0), ForEach(sp.Ge(g[j], lead), j, sp.S.One, n - 1)),
        conclusion=sp.Ge(
            1 / (1 + sp.Sum(sp.exp(-beta * g[j]), (j, 1, n - 1))),
            1 / (1 + (n - 1 - fewer) * floor),
        ),
        source="urrutia2026heads, §3 (softmax over a discrepancy)",
        reduction=Claim(
            given=(S >= 0, u >= 0, N >= 1, N * u >= S),
            conclusion=sp.Ge(1 / (1 + S), 1 / (1 + (N - fewer) * u)),
        ),
    )


claim = sentence(0)
neighbours = {"one rival forgotten": sentence(1)}
tightness = Tightness({n: 2, g[1]: 1, lead: 1, beta: 1})


def derive(claim: Claim) -> Evidence:
    """The gap is (Nu − S) over a product of positive numbers."""
    return symbolic.certify(
        claim.reduced, lambda s, w, more, slack: slack / ((1 + s) * (1 + (1 + more) * w))
    )


def decide(claim: Claim) -> Evidence:
    """No S, N, u break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to eight positions."""
    return sampling.search(claim, {n: (2, 8)}, tightness)
