"""A layer that gives its target a weight w ≥ 3/4 hands on exact bits, after the snap.

Before the layer every coordinate of every position lies in [0, 1] and those of the target
are bits. A coordinate then becomes w·bit + m, where m, the rivals' part, lies in
[0, 1 − w], so that w ≤ 1; the snap takes it to the bit. So layers compose: if every target has
3/4 of the weight in every layer, every state on the way is exact, at any depth.

Proof idea: m ≤ 1 − w ≤ 1/4 where the bit is 0, w + m ≥ 3/4 where it is 1; then
snap_gap_eq_one_of_quarters. Tight: at less than 3/4 some rivals break it.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt
from theory.evidence import Evidence
from theory.theorems.construction import snap_gap_eq_one_of_quarters as snap

m, w = sp.symbols("m w", real=True)


def sentence(weight: sp.Rational, spill: int = 1) -> Claim:
    """The target has ``weight``, and rivals' coordinates are at most ``spill``."""
    given = (sp.Ge(w, weight), sp.Ge(m, 0), sp.Le(m, spill * (1 - w)))
    return snap.sentence(m, m + w, given)


claim = sentence(sp.Rational(3, 4))
neighbours = {
    "two thirds of the weight": sentence(sp.Rational(2, 3)),
    "rivals of twice the size": sentence(sp.Rational(3, 4), spill=2),
}
cites = ("snap_gap_eq_one_of_quarters",)


def decide(claim: Claim) -> Evidence:
    """Linear real arithmetic: no weight and no rivals break it."""
    return smt.refute(claim)


def sample(claim: Claim) -> Evidence:
    """Search all weights and rivals that are allowed."""
    return sampling.search(claim)
