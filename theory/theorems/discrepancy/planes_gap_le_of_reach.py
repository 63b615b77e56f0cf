"""Index with any number of planes of total weight 1: at reach M the gap is at most (M + 1)/M.

The gap is the least of Σ r·(1 − cos tθ) over 1 ≤ t ≤ M; r ≥ 0, any real angles θ, M ≥ 1. It is
the bound A/(A − 1) for A = M + 1 unit codes, one for each position.

Proof idea: M + 1 unit vectors, each turned by θ from the last, have a sum F with
Σ (M + 1 − t)(1 − cos tθ) = ((M + 1)² − |F|²)/2. With weights r over the planes, and a floor L of
the leads, L·M(M + 1)/2 ≤ ((M + 1)² − F)/2 where F ≥ 0 is now the mean of |F|².
Tight: M planes of equal weight at the angles 2πk/(M + 1); ``floor`` below is 199/200 of the
gap of one plane at M = 1 and θ = π.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import exhaustion, sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

m, M = sp.symbols("m M", integer=True)
k, t = sp.symbols("k t", integer=True)
r, theta = sp.IndexedBase("r", real=True), sp.IndexedBase("theta", real=True)
floor, F, L, reach, x = sp.symbols("floor F L M x", real=True)


def sentence(extra: sp.Rational) -> Claim:
    """With ``floor`` below every lead up to M, it is at most (M + extra)/M."""
    lead = sp.Sum(r[k] * (1 - sp.cos(t * theta[k])), (k, 1, m))
    return Claim(
        given=(
            *(sp.Ge(m, 1), sp.Ge(M, 1)),
            sp.Eq(r[1], 1 - sp.Sum(r[k], (k, 2, m)), evaluate=False),
            ForEach(sp.Ge(r[k], 0), k, sp.S.One, m),
            ForEach(sp.Le(floor, lead), t, sp.S.One, M),
        ),
        conclusion=sp.Le(floor, (M + extra) / M),
        source="ours; the simplex bound of coding theory",
        reduction=Claim(
            given=(
                *(sp.Ge(reach, 1), sp.Ge(F, 0)),
                sp.Le(L * reach * (reach + 1) / 2, ((reach + 1) ** 2 - F) / 2),
            ),
            conclusion=sp.Le(L, (reach + extra) / reach),
        ),
    )


claim = sentence(sp.S.One)
neighbours = {
    "M + 1/2 for M + 1": sentence(sp.S.Half),
    "M for M + 1": sentence(sp.S.Zero),
}
tightness = Tightness(
    {m: 1, M: 1, r[1]: 1, theta[1]: sp.pi, floor: sp.Rational(199, 100)},
    ratio=sp.Rational(199, 200),
)


def derive(claim: Claim) -> Evidence:
    """What is missing, times M(M + 1)/2, is the slack of the mean and F/2."""
    return symbolic.certify(
        claim.reduced,
        lambda more, f, slack: (2 * slack + f) / ((1 + more) * (2 + more)),
    )


def decide(claim: Claim) -> Evidence:
    """No M, F and L break the reduction."""
    return smt.refute(claim.reduced)


def exhaust(claim: Claim) -> Evidence:
    """For small M the sum of squares is that of the docstring, and gives the bound asked for."""

    def missing_squares(size: int) -> bool:
        steps = range(size + 1)
        squares = sum(sum(wave(s * x) for s in steps) ** 2 for wave in (sp.cos, sp.sin))
        leads = sum((size + 1 - s) * (1 - sp.cos(s * x)) for s in steps)
        bound = claim.conclusion.rhs.subs(M, size) * size * (size + 1) / 2
        return bool(symbolic.normal(bound - leads - squares / 2) == 0)

    return exhaustion.every(range(1, 7), missing_squares, "M ≤ 6", symbolic.TRUSTS)


def sample(claim: Claim) -> Evidence:
    """Search up to two planes and reaches up to 5."""
    return sampling.search(claim, {m: (1, 2), M: (1, 5)}, tightness)
