"""Index with m planes of total weight 1: at reach N^m − 1 the gap is at most 1 − cos(2π/N).

The gap is the least of Σ r·(1 − cos tθ) over 1 ≤ t ≤ M; r ≥ 0, any real angles θ, N ≥ 2. So it
is of order M^(−2/m) and the limit M^(−2) belongs to one-plane heads. It needs only
N = ⌊(M + 1)^(1/m)⌋ ≥ 2; with M for M + 1 and N = 1 allowed it would be false.

Proof idea: cut the torus into N^m boxes. Among the multiples 0 … N^m − 1 of the angles and
the point 1 = (1, …, 1), closed on the right, two share a box (Dirichlet): a t ≤ N^m − 1 turns
every plane by p − q, |p − q| ≤ p + q = 2π/N, where cos(p − q) − cos(p + q) = 2·sin p·sin q.
Tight: attained for m = 1, at θ = 2π/N; ``floor`` below is 149/150 of the gap there.
"""

import math
from fractions import Fraction
from functools import reduce
from itertools import combinations_with_replacement, pairwise
from operator import and_

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import diophantine, enclosure, sampling, smt, symbolic
from theory.evidence import Evidence, Verdict
from theory.tightness import Tightness

m, N = sp.symbols("m N", integer=True)
k, t = sp.symbols("k t", integer=True)
r, theta = sp.IndexedBase("r", real=True), sp.IndexedBase("theta", real=True)
floor, weight, p, q = sp.symbols("floor r p q", real=True)


def sentence(reach: sp.Expr, boxes: sp.Expr = N, least: int = 2) -> Claim:
    """With ``floor`` below every lead up to ``reach``, it is at most 1 − cos(2π/boxes)."""
    lead = sp.Sum(r[k] * (1 - sp.cos(t * theta[k])), (k, 1, m))
    wider = (boxes - N) + (N**m - 1 - reach) + 4 * (2 - least)
    return Claim(
        given=(
            *(sp.Ge(m, 1), sp.Ge(N, least)),
            sp.Eq(r[1], 1 - sp.Sum(r[k], (k, 2, m)), evaluate=False),
            ForEach(sp.Ge(r[k], 0), k, sp.S.One, m),
            ForEach(sp.Le(floor, lead), t, sp.S.One, reach),
        ),
        conclusion=sp.Le(floor, 1 - sp.cos(2 * sp.pi / boxes)),
        source="Dirichlet, simultaneous approximation; ours",
        reduction=Claim(
            given=(sp.Ge(weight, 0), sp.Ge(sp.sin(p), 0), sp.Ge(sp.sin(q), 0)),
            conclusion=sp.Le(
                weight * (1 - sp.cos(p - q)), weight * (1 - sp.cos(p + q - wider * q))
            ),
        ),
    )


claim = sentence(N**m - 1)
neighbours = {
    "N + 1 boxes to a side": sentence(N**m - 1, boxes=N + 1),
    "a reach one shorter": sentence(N**m - 2),
    "as conjectured, N = 1 allowed": sentence(N**m, least=1),
}
tightness = Tightness(
    {m: 1, N: 3, r[1]: 1, theta[1]: 2 * sp.pi / 3, floor: sp.Rational(149, 100)},
    ratio=sp.Rational(149, 150),
)


def derive(claim: Claim) -> Evidence:
    """In one plane the bound exceeds the lead by 2·r·sin p·sin q."""
    return symbolic.certify(claim.reduced, lambda w, sp_, sq: 2 * w * sp_ * sq)


def decide(claim: Claim) -> Evidence:
    """No weight and no points on the unit circle for p and q break one plane's share."""
    return smt.refute(claim.reduced)


def exhaust(claim: Claim) -> Evidence:
    """Arcs and boxes about the fractions p/t, exactly: they leave no point of the torus."""
    (high,) = (g.high for g in claim.given if isinstance(g, ForEach) and g.index == t)
    (least,) = (int(g.rhs) for g in claim.given if isinstance(g, sp.Ge) and g.lhs == N)
    parts = 2 * sp.pi / (1 - claim.conclusion.rhs).args[0]
    sizes = [*((1, side) for side in range(least, 7)), (2, 2), (2, 3), (2, 4), (3, 2)]
    sizes = [size for size in sizes if high.subs(dict(zip((m, N), size, strict=True))) >= 1]
    for planes, side in sizes:
        last, share = int(high.subs({m: planes, N: side})), Fraction(1, int(parts.subs(N, side)))
        radius = abs(share - round(share))
        if planes == 1 and (alpha := diophantine.uncovered(last, radius)) is not None:
            nearest = min(
                (abs(j * alpha - round(j * alpha)) for j in range(1, last + 1)), default=2
            )
            below = Fraction(2 * math.sin(math.pi * nearest) ** 2) - Fraction(1, 10**9)
            turn = {theta[1]: 2 * sp.pi * sp.Rational(alpha), floor: sp.Rational(below)}
            return enclosure.witness(claim, {m: 1, N: side, r[1]: 1, **turn})
        steps = range(1, last + 1)
        ends = (Fraction(j, i) + e * radius / i for i in steps for j in range(i) for e in (1, -1))
        cuts = sorted({Fraction(0), Fraction(1, 2), *(x for x in ends if 0 < x < Fraction(1, 2))})
        close = {
            sum(2**i for i in steps if abs(i * x - round(i * x)) <= radius)
            for x in ((low + top) / 2 for low, top in pairwise(cuts))
        }
        if not all(reduce(and_, cell) for cell in combinations_with_replacement(close, planes)):
            detail = f"a cell without t at m = {planes}, N = {side}"
            return Evidence(
                verdict=Verdict.UNDECIDED,
                scope=detail,
                trusts=("exact fractions",),
            )
    return Evidence(
        verdict=Verdict.SURVIVED,
        scope=f"(m, N) among {sizes}",
        trusts=("exact fractions",),
    )


def sample(claim: Claim) -> Evidence:
    """Search up to two planes and N up to 2."""
    return sampling.search(claim, {m: (1, 2), N: (1, 2)}, tightness)
