"""The price of length of Index: 2·Σ e^{−xt²} = 1 over t ≥ 1 exactly at x = 0.785409121165756….

At θ = 2π/n an integer query is right iff Σ exp(−β(1 − cos(2πt/n))) < 1; with x = 2π²β/n² and
n → ∞ this becomes 2·Σ e^{−xt²} < 1. The root is not π/4 = 0.785398…, see
``theta_sum_le_one_of_quarter_pi``, so 8πβ_c(n)/n² → 1.0000140. The sum is stated by what
encloses it: six terms, and six terms and a tail; it falls with x and crosses 1 once, between
1/2 and 1.

Proof idea: for t ≥ 7, t² ≥ 49 + (t − 7), so the tail is at most e^{−49x}/(1 − e^{−x}). Bisection.
Tight: the tolerance is 10^−15; at the point below the error is 0.263 of it.

One engine: exponentials at given numbers are for balls alone; to the solvers exp is any
positive number, and rewriting knows no sizes.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import enclosure, sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

x = sp.Symbol("x", real=True)
low, high = sp.S.Half, sp.S.One
tolerance = sp.Rational(1, 10**15)


def sentence(root: sp.Expr) -> Claim:
    """Where six terms are at most 1, and with the tail at least 1, x is ``root``."""
    terms = 2 * sp.Add(*(sp.exp(-x * t**2) for t in range(1, 7)))
    tail = 2 * sp.exp(-49 * x) / (1 - sp.exp(-x))
    return Claim(
        given=(sp.Ge(x, low), sp.Le(x, high), sp.Le(terms, 1), sp.Ge(terms + tail, 1)),
        conclusion=sp.Le(sp.Abs(x - root), tolerance),
        source="ours",
    )


root = sp.Rational(785_409_121_165_756, 10**15)
claim = sentence(root)
neighbours = {
    "π/4": sentence(sp.pi / 4),
    "the last digit one more": sentence(root + 2 * tolerance),
}
near = sp.Rational(785_409_121_165_756_263_072, 10**21)
tightness = Tightness({x: near}, ratio=(near - root) / tolerance)


def enclose(claim: Claim) -> Evidence:
    """Bisect [1/2, 1] until each piece is near the root or breaks a hypothesis."""
    return enclosure.cover(claim, {x: (low, high)}, depth=80)


def sample(claim: Claim) -> Evidence:
    """Look at the root to 21 digits, and for others at random."""
    return sampling.search(claim, None, tightness)
