"""Soft one-plane Retrieval: no mixture of rivals is worse than one rival token everywhere.

The target stands s back, ω = 2π/A, and its weight is e^{β·cos sθ} before normalising; a rival
token k letters off adds e^{β·cos(kω + tθ)} at each of its places t ≠ s. ``b`` tells its places,
0 ≤ b ≤ 1. So a head is right on all proper inputs of length n iff, for all s and all k,
e^{β·cos sθ} > Σ e^{β·cos(kω + tθ)} over all t ≠ s.

Proof idea: at each place bE ≤ E, as b ≤ 1 and E > 0. Rivals compete one by one with the
target, since the output is the attention vector. Tight: b = 1 at every place.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n, A, s, k = sp.symbols("n A s k", integer=True)
u = sp.Symbol("u", integer=True)
b = sp.IndexedBase("b", real=True)
beta, theta = sp.symbols("beta theta", real=True)
E, place = sp.symbols("E b", real=True)


def sentence(share: sp.Rational) -> Claim:
    """The margin over a rival is at least that where it has ``share`` of every place."""
    rival = sp.exp(beta * sp.cos(2 * sp.pi * k / A + sp.Mod(s + u, n) * theta))
    target = sp.exp(beta * sp.cos(s * theta))
    return Claim(
        given=(
            *(sp.Ge(n, 2), sp.Ge(A, 2), sp.Ge(s, 0), sp.Le(s, n - 1), sp.Ge(k, 1), sp.Le(k, A - 1)),
            ForEach(sp.Ge(b[u], 0), u, sp.S.One, n - 1),
            ForEach(sp.Le(b[u], 1), u, sp.S.One, n - 1),
        ),
        conclusion=sp.Ge(
            target - sp.Sum(b[u] * rival, (u, 1, n - 1)),
            target - share * sp.Sum(rival, (u, 1, n - 1)),
        ),
        source="urrutia2026heads, App. B (Retrieval), soft; ours",
        reduction=Claim(
            given=(sp.Gt(E, 0), sp.Ge(place, 0), sp.Le(place, 1)),
            conclusion=sp.Le(place * E, share * E),
        ),
    )


claim = sentence(sp.S.One)
neighbours = {
    "half of every place": sentence(sp.S.Half),
    "nine tenths of every place": sentence(sp.Rational(9, 10)),
}
tightness = Tightness({n: 2, A: 2, s: 0, k: 1, b[1]: 1, beta: 1, theta: 1})


def derive(claim: Claim) -> Evidence:
    """At one place the difference is (1 − b)E."""
    return symbolic.certify(claim.reduced, lambda e, some, rest: rest * e)


def decide(claim: Claim) -> Evidence:
    """No b and E > 0 break it at one place."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search lengths up to 3 and up to 3 letters."""
    sizes = {n: (2, 3), A: (2, 3), s: (0, 2), k: (1, 2)}
    return sampling.search(claim, sizes, tightness)
