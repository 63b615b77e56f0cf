"""When n logits lie in an interval of width δ, no weight exceeds e^δ/(n − 1 + e^δ).

Every head with bounded logits disperses: the bound falls like 1/n. Logits include the
inverse temperature; n ≥ 1, δ ≥ 0. The weight is that of the first logit, by symmetry of any.

Proof idea: with lowest logit l, the target has e^x ≤ uv where u = e^l and v = e^δ, the n − 1
others add up to S ≥ (n − 1)u, and E/(E + S) grows with E and falls with S.
Tight: the target at the top, all others at the bottom.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
j = sp.Symbol("j", integer=True)
x = sp.IndexedBase("x", real=True)
low, width = sp.symbols("l delta", real=True)
E, N, S, u, v = sp.symbols("E N S u v", real=True)


def sentence(fewer: sp.Rational) -> Claim:
    """The bound with ``n − 1 + fewer`` for n − 1."""
    return Claim(
        given=(
            *(sp.Ge(n, 1), sp.Ge(width, 0)),
            ForEach(sp.Ge(x[j], low), j, sp.S.One, n),
            ForEach(sp.Le(x[j], low + width), j, sp.S.One, n),
        ),
        conclusion=sp.Le(
            sp.exp(x[1]) / sp.Sum(sp.exp(x[j]), (j, 1, n)),
            sp.exp(width) / (n - 1 + fewer + sp.exp(width)),
        ),
        source="velickovic2024softmax, dispersion, sharp form",
        reduction=Claim(
            given=(*(sp.Gt(a, 0) for a in (E, u, v)), N >= 0, u * v >= E, N * u <= S),
            conclusion=sp.Le(E / (E + S), v / (N + fewer + v)),
        ),
    )


claim = sentence(sp.S.Zero)
neighbours = {"n for n − 1": sentence(sp.S.One), "n − 1/2 for n − 1": sentence(sp.S.Half)}
tightness = Tightness({n: 3, low: 0, width: 1, x[1]: 1, x[2]: 0, x[3]: 0})


def derive(claim: Claim) -> Evidence:
    """The gap is v(S − Nu) + N(uv − E) over a product of positive numbers."""
    return symbolic.certify(
        claim.reduced,
        lambda e, a, b, more, top, rest: (
            (b * rest + more * top) / ((more + b) * (e + rest + more * a))
        ),
    )


def decide(claim: Claim) -> Evidence:
    """No E, S, N, u and v break it."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search up to eight positions."""
    return sampling.search(claim, {n: (1, 8)}, tightness)
