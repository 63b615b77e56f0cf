"""Soft one-plane Index, integer query i: the margin is (1 − Σ)/(1 + Σ), right iff Σ < 1.

Σ = Σ exp(−β(1 − cos tθ)) over −i ≤ t ≤ n − 1 − i but t = 0; the logits are β·cos((t − i)θ) at
distances t, 0 ≤ i ≤ n − 1. The margin is 2w − 1, by which twice the target's weight w exceeds
the residual 1 of the query's own token. It is the binding rival: a letter that fills all other
places has twice the rest, 2(1 − w), and is 4w − 2, twice the margin, behind. Over all inputs:
``index_right_of_rival_sum_lt_one``, ``rival_sum_lt_one_of_index_right``.

Proof idea: divide all weights by that of the target; the others add up to Σ.
Tight: an equation.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

i, n = sp.symbols("i n", integer=True)
t = sp.Symbol("t", integer=True)
beta, theta = sp.symbols("beta theta", real=True)
E, R = sp.symbols("E R", real=True)


def sentence(allowance: int, gain: int) -> Claim:
    """The margin ``gain``·w − 1 is (allowance − Σ)/(1 + Σ)."""
    every = sp.Sum(sp.exp(beta * sp.cos((t - i) * theta)), (t, 0, n - 1))
    rivals = sp.Sum(sp.exp(-beta * (1 - sp.cos(t * theta))), (t, -i, n - 1 - i)) - 1
    return Claim(
        given=(sp.Ge(n, 1), sp.Ge(i, 0), sp.Le(i, n - 1)),
        conclusion=sp.Eq(
            gain * sp.exp(beta) / every - 1, (allowance - rivals) / (1 + rivals), evaluate=False
        ),
        source="urrutia2026heads, App. B (Index), soft; ours",
        reduction=Claim(
            given=(sp.Gt(E, 0), sp.Ge(R, 0)),
            conclusion=sp.Eq(
                gain * E / (E + R) - 1, (allowance - R / E) / (1 + R / E), evaluate=False
            ),
        ),
    )


claim = sentence(1, 2)
neighbours = {"right while Σ < 2": sentence(2, 2), "right while Σ < 3": sentence(3, 2)}


def derive(claim: Claim) -> Evidence:
    """Both sides are (E − R)/(E + R)."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No weights E > 0 and R ≥ 0 break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 5, every query."""
    return sampling.search(claim, {n: (1, 5), i: (0, 4)})
