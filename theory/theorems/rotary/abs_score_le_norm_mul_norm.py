"""A rotary score is at most |query|·|key| in modulus, over all planes together.

m planes with any angles, any query (a, b) and key (c, d) in each, any offset t.

Proof idea: the square of the score is a sum over pairs of planes. In complex numbers, with
p the turned query and k the key of a plane, 2·Re(p₁k̄₁)·Re(p₂k̄₂) falls short of
|p₁k₂|² + |p₂k₁|² by half of |p₁k̄₂ − p̄₂k₁|² + |p₁k₂ − p₂k₁|². The turn kept |p|, by
norm_rotation_eq_norm; each plane may take its query as first axis.
Tight: query and key equal, nothing turned.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.rotary import score
from theory.tightness import Tightness

m, k = sp.symbols("m k", integer=True)
t = sp.Symbol("t", real=True)
a, b, c, d, theta = (sp.IndexedBase(s, real=True) for s in ("a", "b", "c", "d", "theta"))
x1, y1, x2, y2, c1, d1, c2, d2 = sp.symbols("x1 y1 x2 y2 c1 d1 c2 d2", real=True)


def sentence(factor: sp.Rational) -> Claim:
    """The modulus is at most ``factor``·|query|·|key|."""
    plane = score(sp.Matrix([a[k], b[k]]), sp.Matrix([c[k], d[k]]), theta[k] * t)
    query, key = (sp.sqrt(sp.Sum(u[k] ** 2 + v[k] ** 2, (k, 1, m))) for u, v in ((a, b), (c, d)))
    first, second = x1 * c1 + y1 * d1, x2 * c2 + y2 * d2
    crossed = (x1**2 + y1**2) * (c2**2 + d2**2) + (x2**2 + y2**2) * (c1**2 + d1**2)
    return Claim(
        given=(sp.Ge(m, 1),),
        conclusion=sp.Le(sp.Abs(sp.Sum(plane, (k, 1, m))), factor * query * key),
        source="su2021roformer, eq. 16; Cauchy–Schwarz",
        reduction=Claim(conclusion=sp.Le(2 * first * second, factor**2 * crossed)),
    )


claim = sentence(sp.S.One)
neighbours = {
    "nine tenths": sentence(sp.Rational(9, 10)),
    "half": sentence(sp.S.Half),
}
tightness = Tightness({m: 1, t: 2, a[1]: 3, b[1]: 1, c[1]: 3, d[1]: 1, theta[1]: 0})
cites = ("norm_rotation_eq_norm",)


def derive(claim: Claim) -> Evidence:
    """What a pair of planes falls short by is half of four squares."""
    squares = (
        (x1 * c2 + y1 * d2 - x2 * c1 - y2 * d1) ** 2,
        (y1 * c2 - x1 * d2 + y2 * c1 - x2 * d1) ** 2,
        (x1 * c2 - y1 * d2 - x2 * c1 + y2 * d1) ** 2,
        (y1 * c2 + x1 * d2 - y2 * c1 - x2 * d1) ** 2,
    )
    return symbolic.certify(claim.reduced, lambda: sum(squares) / 2)


def decide(claim: Claim) -> Evidence:
    """With the first axis of each plane laid along its query, no two planes break their share."""
    return smt.refute(claim.reduced.at({y1: 0, y2: 0}))


def sample(claim: Claim) -> Evidence:
    """Search up to three planes."""
    return sampling.search(claim, {m: (1, 3)}, tightness)
