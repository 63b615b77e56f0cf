"""What a head writes is the mix of two positions, moved by the leak towards the mean of the rest.

Two positions with weights w_0, w_1 > 0 and values a, b, and n ≥ 1 others with weights r > 0 and
values v. With R = Σ r and ε = R/(w_0 + w_1 + R), the leak, the mean of all values is (1 − ε)·mix +
ε·mean of the others. So every stream is the mix and ε times a vector from it into the hull of
values.

Proof idea: put both over w_0 + w_1 + R. Tight: an equation.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling
from theory.evidence import Evidence

n = sp.Symbol("n", integer=True)
j = sp.Symbol("j", integer=True)
a, b, w0, w1 = sp.symbols("a b w_0 w_1", real=True)
r, v = (sp.IndexedBase(name, real=True) for name in "rv")


def sentence(share: int) -> Claim:
    """The stream moves by ``share`` times the leak."""
    rest, theirs = (sp.Sum(term, (j, 1, n)) for term in (r[j], r[j] * v[j]))
    own = w0 * a + w1 * b
    mix, leak = own / (w0 + w1), rest / (w0 + w1 + rest)
    return Claim(
        given=(
            sp.Ge(n, 1),
            sp.Gt(w0, 0),
            sp.Gt(w1, 0),
            ForEach(sp.Gt(r[j], 0), j, sp.S.One, n),
        ),
        conclusion=sp.Eq(
            (own + theirs) / (w0 + w1 + rest),
            mix + share * leak * (theirs / rest - mix),
            evaluate=False,
        ),
        source="ours; what certificates of two-block models rest on",
    )


claim = sentence(1)
neighbours = {"no leak": sentence(0), "twice the leak": sentence(2)}


def sample(claim: Claim) -> Evidence:
    """Search up to three further positions."""
    return sampling.search(claim, {n: (1, 3)})
