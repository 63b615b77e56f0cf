"""A one-plane head is symbolic on a content only if its plane does not turn, or the logits are 0.

The query (a, b) meets the key (c, d) at the distances t, t + 1 and t + 2, t any real. The squared
changes of the logit add up to at least 2(1 − cos θ)(1 − |cos θ|)·|q|²·|k|². So a head with one
logit at three successive distances has θ a multiple of π, or its query or key is 0. No turn is
enough: ``symbolic_of_nope``.

Proof idea: a change is |q|·|k|·√(2(1 − cos θ)) times a cosine, and from one step to the next the
angle of that cosine moves by θ. Tight: a quarter turn.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence
from theory.rotary import score
from theory.tightness import Tightness

a, b, c, d, t, theta = sp.symbols("a b c d t theta", real=True)
query, key = sp.Matrix([a, b]), sp.Matrix([c, d])


def sentence(share: sp.Rational, last: int = 2) -> Claim:
    """At the distances t, t + 1 and t + ``last``, ``share`` of the bound."""
    logits = [score(query, key, theta * (t + step)) for step in (0, 1, last)]
    changes = (logits[0] - logits[1]) ** 2 + (logits[1] - logits[2]) ** 2
    turn = 2 * (1 - sp.cos(theta)) * (1 - sp.Abs(sp.cos(theta)))
    return Claim(
        conclusion=sp.Ge(changes, share * turn * (a**2 + b**2) * (c**2 + d**2)),
        source="urrutia2025decoupling, NoPE heads are symbolic; converse ours",
    )


claim = sentence(sp.S.One)
neighbours = {
    "a tenth more": sentence(sp.Rational(11, 10)),
    "back to the first distance": sentence(sp.S.One, last=0),
}
tightness = Tightness({a: 1, b: 0, c: 1, d: 0, t: 0, theta: sp.pi / 2})


def sample(claim: Claim) -> Evidence:
    """Search contents and angles of either sign."""
    return sampling.search(claim, {}, tightness)
