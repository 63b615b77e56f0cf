"""Soft one-plane Index at θ = 2π/n, n ≥ 9, right for an integer query, needs β > x·n²/(2π²).

Here x = 0.785409, the root of ``theta_root_between_of_sum_eq_one`` rounded down, so that the price
of length is above 1.0000138·n²/(8π); as n grows, β_c·2π²/n² tends to that root.

Proof idea: with x = 2π²β/n² and 1 − cos y ≤ y²/2, the terms for t and n − t, 1 ≤ t ≤ 4, show that
2·Σ e^{−xt²} over these t is less than 1; it falls with x, and x < 0 makes it more than 1.
Tight: the ratio is 0.9994 at n = 101.

One engine: exponentials at given numbers are for balls alone; to the solvers exp is any
positive number, and rewriting knows no sizes.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import enclosure, sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
t = sp.Symbol("t", integer=True)
beta, x = sp.symbols("beta x", real=True)


def sentence(root: sp.Rational) -> Claim:
    """β exceeds ``root``·n²/(2π²)."""
    terms = sp.Sum(sp.exp(-beta * (1 - sp.cos(2 * sp.pi * t / n))), (t, 1, n - 1))
    return Claim(
        given=(sp.Ge(n, 9), sp.Lt(terms, 1)),
        conclusion=sp.Gt(beta, root * n**2 / (2 * sp.pi**2)),
        source="ours",
        reduction=Claim(
            given=(
                *(sp.Ge(x, 0), sp.Le(x, 1)),
                sp.Lt(2 * sp.Add(*(sp.exp(-x * k**2) for k in range(1, 5))), 1),
            ),
            conclusion=sp.Gt(x, root),
        ),
    )


claim = sentence(sp.Rational(785_409, 10**6))
neighbours = {
    "0.787": sentence(sp.Rational(787, 1000)),
    "0.8": sentence(sp.Rational(4, 5)),
}
tightness = Tightness(
    {n: 101, beta: sp.Rational(40615, 100)},
    ratio=sp.Rational(785_409, 10**6) * 101**2 / (2 * sp.pi**2) / sp.Rational(40615, 100),
)


def enclose(claim: Claim) -> Evidence:
    """Cover 0 ≤ x ≤ 1 with balls."""
    return enclosure.cover(claim.reduced, {x: (sp.S.Zero, sp.S.One)}, depth=40)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 12."""
    return sampling.search(claim, {n: (9, 12)}, tightness)
