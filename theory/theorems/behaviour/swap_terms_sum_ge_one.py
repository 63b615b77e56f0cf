"""The positional and the symbolic term of a swap add up to 1 at least, so both scores do.

Two weights x, y before the swap and u, v after it are not negative; the terms are the cosines
of (u, v) with (x, y) and with (y, x). Hence no head is low in both scores.

Proof idea: the sum is (x + y)(u + v)/(|(x, y)|·|(u, v)|), and a sum of two numbers ≥ 0 is at
least their norm. Squares are compared. Tight: y = v = 0.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

x, y, u, v = sp.symbols("x y u v", real=True)


def sentence(bound: sp.Rational) -> Claim:
    """The square of the sum is at least ``bound``."""
    sums = (x * u + y * v) + (x * v + y * u)
    return Claim(
        given=(x >= 0, y >= 0, u >= 0, v >= 0),
        conclusion=sp.Ge(sums**2, bound * (x**2 + y**2) * (u**2 + v**2)),
        source="ours; scores of urrutia2026heads, App. D",
    )


claim = sentence(sp.S.One)
neighbours = {"eleven tenths": sentence(sp.Rational(11, 10)), "two": sentence(sp.Integer(2))}
tightness = Tightness({x: 1, y: 0, u: 1, v: 0})


def derive(claim: Claim) -> Evidence:
    """The gap is a sum of products of what is not negative."""
    return symbolic.certify(
        claim,
        lambda a, b, c, d: (
            2 * c * d * (a**2 + b**2) + 2 * a * b * (c**2 + d**2) + 4 * a * b * c * d
        ),
    )


def decide(claim: Claim) -> Evidence:
    """No weights break it."""
    return smt.refute(claim)


def sample(claim: Claim) -> Evidence:
    """Search weights up to 8."""
    return sampling.search(claim, {}, tightness)
