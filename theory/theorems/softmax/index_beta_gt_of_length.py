"""Soft one-plane Index, right for every integer at length n ≥ 3, needs β > n²/(8π) at any angle.

Right for the integer i means Σ exp(−β(1 − cos((t − i)θ))) < 2 over all 0 ≤ t < n, the target
included: see ``index_margin_eq_of_integer_query``. No temperature of order log n (SSMax) will
do. At n = 2 any β > 0 is enough, if the two positions are opposite. β may be negative: it is
never enough then.

Proof idea: e^{β·cos} has Fourier coefficients ≥ 0, so the n sums add up to at least n²J, J the
mean of e^{−β(1 − cos φ)} over the circle, so nJ < 2. J is Σ_k c_k·e^{−l}l^k/k!, l = 2β, c_k that
of cos^{2k}, at least 1/√(π(k + 1/2)); a cubic below that root gives J·√(πl) > 1 for l ≥ 6, thirteen
terms do below; for l ≤ 7/10 three give J > 2/3. Tight: at θ = 2π/n the ratio is 0.955 for n = 12,
and tends to 0.999986.

One engine: the kernel; rewriting and solvers know no means over a circle.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import enclosure, sampling
from theory.evidence import Evidence, Verdict
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
i, t = sp.symbols("i t", integer=True)
beta, theta = sp.symbols("beta theta", real=True)


def sentence(factor: sp.Rational, least: int = 3) -> Claim:
    """From the ``least`` length on, β exceeds ``factor``·n²/(8π)."""
    total = sp.Sum(sp.exp(-beta * (1 - sp.cos((t - i) * theta))), (t, 0, n - 1))
    return Claim(
        given=(sp.Ge(n, least), ForEach(sp.Lt(total, 2), i, sp.S.Zero, n - 1)),
        conclusion=sp.Gt(beta, factor * n**2 / (8 * sp.pi)),
        source="ours",
    )


claim = sentence(sp.S.One)
neighbours = {
    "a tenth more": sentence(sp.Rational(11, 10)),
    "n²/(7π)": sentence(sp.Rational(8, 7)),
    "two positions": sentence(sp.S.One, least=2),
}
tightness = Tightness(
    {n: 12, theta: sp.pi / 6, beta: sp.Rational(6001, 1000)}, ratio=18000 / (6001 * sp.pi)
)


def sample(claim: Claim) -> Evidence:
    """Search two opposite positions, lengths from 2 to 4, and the best angle for n = 12."""
    pair = enclosure.witness(claim, {n: sp.Integer(2), theta: sp.pi, beta: sp.Rational(1, 10)})
    if pair.verdict is Verdict.REFUTED:
        return pair
    return sampling.search(claim, {n: (2, 4)}, tightness)
