"""Scores that are off by at most η change a softmax weight by a factor of e^{2η} at most.

n positions with the scores s, and r as they are computed, |r − s| ≤ η at each. The weight that r
gives a position is at most e^{2η} times the one that s gives it; exchange r and s for the other
side. It is that of the first position, by symmetry of any.

Proof idea: e^r is at most e^η·e^s above the line and at least e^{−η}·e^s below it. Tight: at η = 0,
and for small weights, whose own score is η too high while all others are η too low.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
j = sp.Symbol("j", integer=True)
eta = sp.Symbol("eta", real=True)
r, s = (sp.IndexedBase(name, real=True) for name in "rs")


def sentence(share: sp.Rational, allowed: int = 1) -> Claim:
    """A factor of e^{2·share·η}, where scores are off by ``allowed``·η."""

    def weight(score: sp.IndexedBase) -> sp.Expr:
        return sp.exp(score[1]) / sp.Sum(sp.exp(score[j]), (j, 1, n))

    return Claim(
        given=(
            sp.Ge(n, 1),
            ForEach(sp.Ge(r[j], s[j] - allowed * eta), j, sp.S.One, n),
            ForEach(sp.Le(r[j], s[j] + allowed * eta), j, sp.S.One, n),
        ),
        conclusion=sp.Le(weight(r), sp.exp(2 * share * eta) * weight(s)),
        source="ours; what bounds of executed models rest on",
    )


claim = sentence(sp.S.One)
neighbours = {
    "a factor of e^η": sentence(sp.S.Half),
    "scores off by 2η": sentence(sp.S.One, allowed=2),
}
tightness = Tightness({n: 1, r[1]: 0, s[1]: 0, eta: 0})
small = {r[1]: 1, r[2]: 9, s[1]: 0, s[2]: 10, eta: 1}


def sample(claim: Claim) -> Evidence:
    """Search up to three positions, after a small weight that doubles its score's errors."""
    return sampling.search(claim, {n: (1, 3)}, Tightness({**small, n: 2}))
