"""The snap takes every x ≤ 1/4 to 0 and every y ≥ 3/4 to 1: the two are then 1 apart.

The snap is relu(2z − 1/2) − relu(2z − 3/2), two ReLU units; its values lie in [0, 1], so
being 1 apart says that one is 0 and the other 1. A coordinate within 1/4 of a bit becomes
that bit, whatever the error was.

Proof idea: piecewise linear; up to 1/4 both units are off, from 3/4 on the second undoes
all growth of the first. Tight: either quarter, made larger, fails.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt
from theory.evidence import Evidence

x, y = sp.symbols("x y", real=True)


def sentence(
    low: sp.Expr = x,
    high: sp.Expr = y,
    given: tuple[sp.Rel, ...] = (sp.Le(x, sp.Rational(1, 4)), sp.Ge(y, sp.Rational(3, 4))),
) -> Claim:
    """Under ``given``, the snap of ``high`` is 1 above the snap of ``low``."""
    low_snap, high_snap = (
        sp.Max(0, 2 * z - sp.Rational(1, 2)) - sp.Max(0, 2 * z - sp.Rational(3, 2))
        for z in (low, high)
    )
    return Claim(
        given=given, conclusion=sp.Eq(high_snap - low_snap, 1, evaluate=False), source="ours"
    )


claim = sentence()
neighbours = {
    "zeros up to a third": sentence(given=(sp.Le(x, sp.Rational(1, 3)), sp.Ge(y, 1))),
    "ones from two thirds on": sentence(given=(sp.Le(x, 0), sp.Ge(y, sp.Rational(2, 3)))),
}


def decide(claim: Claim) -> Evidence:
    """Linear real arithmetic: no x and y break it."""
    return smt.refute(claim)


def sample(claim: Claim) -> Evidence:
    """Search around and beyond the quarters."""
    return sampling.search(claim)
