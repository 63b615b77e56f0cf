"""A head that gives two contents the same key scores them alike at every position.

m planes with any angles; the two contents have the keys (c, d) and (e, f), equal in each
plane, and stand at the same offset t, any real. With all keys equal the head is positional.

Proof idea: plane by plane, the difference of the logits lies in the ideal of the
differences of the keys.
"""

import sympy as sp

from theory.claim import Claim, summed
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import score

m = sp.Symbol("m", integer=True)
a, b, c, d, e, f, t, theta = sp.symbols("a b c d e f t theta", real=True)

first, second = sp.Eq(c, e), sp.Eq(d, f)


def sentence(*given: sp.Eq, farther: int = 0) -> Claim:
    """Under ``given``, the first content scores as the second ``farther`` away."""
    query = sp.Matrix([a, b])
    plane = Claim(
        given=given,
        conclusion=sp.Eq(
            score(query, sp.Matrix([c, d]), theta * t),
            score(query, sp.Matrix([e, f]), theta * (t + farther)),
            evaluate=False,
        ),
        source="urrutia2025decoupling, constant keys are positional",
    )
    return summed(plane, over=(a, b, c, d, e, f, theta), size=m)


claim = sentence(first, second)
neighbours = {
    "keys equal in one coordinate": sentence(first),
    "keys equal, one position apart": sentence(first, second, farther=1),
}


def derive(claim: Claim) -> Evidence:
    """Reduce by the two differences of the keys in one plane."""
    return symbolic.vanish(claim.reduced)


def decide(claim: Claim) -> Evidence:
    """No keys and no point on the unit circle break it in one plane."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to three planes, with the hypotheses solved."""
    return sampling.search(claim, {m: (1, 3)})
