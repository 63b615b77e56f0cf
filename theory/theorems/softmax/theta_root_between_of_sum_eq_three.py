"""Letter queries of Index: 2·Σ e^{−xt²} = 3 over t ≥ 1 exactly at x = π/16 + 1.1616…·10^−22.

At θ = 2π/n a letter query is right iff Σ exp(−β(1 − cos(2πt/n))) < 3: a quarter of the price of
integer queries as n → ∞, and not n²/(32π) itself, though 21 digits agree: by Jacobi's identity
1 + 2·Σ e^{−πt²/16} = 4·(1 + 2e^{−16π} + …). The sum is stated by what encloses it: sixteen terms,
and these and a tail; it falls with x and crosses 3 once, between 1/8 and 1/4.

Proof idea: for t ≥ 17, t² ≥ 289 + (t − 17), so the tail is at most e^{−289x}/(1 − e^{−x}).
Bisection.
Tight: the tolerance is 10^−24.

One engine: exponentials at given numbers are for balls alone; to the solvers exp is any
positive number, and rewriting knows no sizes.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import enclosure, sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

x = sp.Symbol("x", real=True)
low, high = sp.Rational(1, 8), sp.Rational(1, 4)
tolerance = sp.Rational(1, 10**24)


def sentence(excess: sp.Rational) -> Claim:
    """Where sixteen terms are at most 3, and with the tail at least 3, x is π/16 + ``excess``."""
    terms = 2 * sp.Add(*(sp.exp(-x * t**2) for t in range(1, 17)))
    tail = 2 * sp.exp(-289 * x) / (1 - sp.exp(-x))
    return Claim(
        given=(sp.Ge(x, low), sp.Le(x, high), sp.Le(terms, 3), sp.Ge(terms + tail, 3)),
        conclusion=sp.Le(sp.Abs(x - sp.pi / 16 - excess), tolerance),
        source="ours",
    )


excess = sp.Rational(1161, 10**25)
claim = sentence(excess)
neighbours = {
    "π/16": sentence(sp.S.Zero),
    "twice as far": sentence(2 * excess),
}
near = sp.Rational(19634954084936207740403137456207, 10**32)
tightness = Tightness({x: near}, ratio=(near - sp.pi / 16 - excess) / tolerance)


def enclose(claim: Claim) -> Evidence:
    """Bisect [1/8, 1/4] until each piece is near the root or breaks a hypothesis."""
    return enclosure.cover(claim, {x: (low, high)}, depth=96)


def sample(claim: Claim) -> Evidence:
    """Look at the root to 31 digits, then at random."""
    return sampling.search(claim, None, tightness)
