"""What attention leaks to the rest of an input grows with the most that the rest can weigh.

Two positions weigh w > 0 together, all others W ≥ 0, at most X. The share of the others, the leak
W/(w + W), is at most X/(w + X): so a certificate of two blocks takes the heaviest tokens
everywhere.

Proof idea: cross-multiply; the difference is w(X − W) over a positive number. Tight: W = X.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

w, W, X = sp.symbols("w W X", real=True)


def sentence(share: sp.Rational) -> Claim:
    """The others weigh at most X, of which ``share`` counts."""
    most = share * X
    return Claim(
        given=(sp.Gt(w, 0), sp.Ge(W, 0), sp.Ge(X, W)),
        conclusion=sp.Le(W / (w + W), most / (w + most)),
        source="ours; what certificates of two-block models rest on",
    )


claim = sentence(sp.S.One)
neighbours = {
    "half of the most": sentence(sp.S.Half),
    "nine tenths of the most": sentence(sp.Rational(9, 10)),
}
tightness = Tightness({w: 1, W: 1, X: 1})


def derive(claim: Claim) -> Evidence:
    """The gap is w(X − W) over a product of positive numbers."""
    return symbolic.certify(
        claim, lambda own, rest, more: own * more / ((own + rest) * (own + rest + more))
    )


def decide(claim: Claim) -> Evidence:
    """No weights break it."""
    return smt.refute(claim)


def sample(claim: Claim) -> Evidence:
    """Search all weights."""
    return sampling.search(claim, {}, tightness)
