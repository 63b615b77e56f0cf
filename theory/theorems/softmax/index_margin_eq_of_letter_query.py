"""Soft one-plane Index, letter query: the least margin is (3 − Σ)/(1 + Σ), right iff Σ < 3.

Σ = Σ exp(−β(1 − cos tθ)) over 1 ≤ t ≤ n − 1; the logits are β·cos tθ at distances t. The query
must return itself: it has its residual 1 and twice its weight w. At worst one other letter
fills all other places and has twice the rest, so that the margin is 1 + 2w − 2(1 − w). Over all
inputs: ``index_letter_right_of_rival_sum_lt_three``, ``rival_sum_lt_three_of_index_letter_right``.

Proof idea: divide all weights by that of the query; the others add up to Σ. Several rival
letters share the rest, and integers have none of it. Tight: an equation.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

n = sp.Symbol("n", integer=True)
t = sp.Symbol("t", integer=True)
beta, theta = sp.symbols("beta theta", real=True)
E, R = sp.symbols("E R", real=True)


def sentence(allowance: int, residual: int = 1) -> Claim:
    """The margin ``residual`` + 2w − 2(1 − w) is (allowance − Σ)/(1 + Σ)."""
    every = sp.Sum(sp.exp(beta * sp.cos(t * theta)), (t, 0, n - 1))
    rivals = sp.Sum(sp.exp(-beta * (1 - sp.cos(t * theta))), (t, 1, n - 1))
    weight, share = sp.exp(beta) / every, E / (E + R)
    return Claim(
        given=(sp.Ge(n, 1),),
        conclusion=sp.Eq(
            residual + 2 * weight - 2 * (1 - weight),
            (allowance - rivals) / (1 + rivals),
            evaluate=False,
        ),
        source="urrutia2026heads, App. B (Index), soft; ours",
        reduction=Claim(
            given=(sp.Gt(E, 0), sp.Ge(R, 0)),
            conclusion=sp.Eq(
                residual + 2 * share - 2 * (1 - share),
                (allowance - R / E) / (1 + R / E),
                evaluate=False,
            ),
        ),
    )


claim = sentence(3)
neighbours = {"right while Σ < 1": sentence(1), "no residual": sentence(3, residual=0)}


def derive(claim: Claim) -> Evidence:
    """Both sides are (3E − R)/(E + R)."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No weights E > 0 and R ≥ 0 break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 8."""
    return sampling.search(claim, {n: (1, 8)})
