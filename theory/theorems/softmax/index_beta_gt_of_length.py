"""Soft one-plane Index, right for every integer at length n ≥ 6, needs β > n²/(8π) at any angle.

Right for the integer i means Σ exp(−β(1 − cos((t − i)θ))) < 2 over all 0 ≤ t < n, the target
included: see ``index_margin_eq_of_integer_query``. No temperature of order log n (SSMax) will
do. Let I be the mean of e^{β·cos φ} over the circle, I₀(β), and A² = 4β.

Proof idea: e^{β·cos} has Fourier coefficients ≥ 0, so the n sums add up to at least n²J, where
J = I·e^{−β}, whence nJ < 2. With u = A·sin(φ/2), J·√(2πβ) = √(2/π)·∫ e^{−u²/2}(1 − u²/A²)^{−1/2} du
over [0, A], at least 1 + 1/(2A²) − (4/5)·e^{−A²/2}(3A² + 1)/(2A³). For A ≥ 11/5, hence at n²/(8π),
it is above 1; and J falls with β. Tight: at θ = 2π/n the ratio is 0.955 for n = 12, and tends
to 0.999986.
"""

import sympy as sp

from theory.claim import Claim, ForEach
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

n = sp.Symbol("n", integer=True)
i, t = sp.symbols("i t", integer=True)
A, beta, theta = sp.symbols("A beta theta", real=True)


def sentence(factor: sp.Rational) -> Claim:
    """β exceeds ``factor``·n²/(8π); the reduction bounds e^{A²/2} from below by four terms."""
    total = sp.Sum(sp.exp(-beta * (1 - sp.cos((t - i) * theta))), (t, 0, n - 1))
    growth = 1 + A**2 / 2 + A**4 / 8 + A**6 / 48
    lost = sp.Rational(4, 5) * (3 * A**2 + 1) / (2 * A**3 * growth)
    return Claim(
        given=(sp.Ge(n, 6), ForEach(sp.Lt(total, 2), i, sp.S.Zero, n - 1)),
        conclusion=sp.Gt(beta, factor * n**2 / (8 * sp.pi)),
        source="ours",
        reduction=Claim(
            given=(sp.Ge(A, sp.Rational(11, 5)),),
            conclusion=sp.Gt(1 + 1 / (2 * A**2) - lost, factor),
        ),
    )


claim = sentence(sp.S.One)
neighbours = {
    "a tenth more": sentence(sp.Rational(11, 10)),
    "n²/(7π)": sentence(sp.Rational(8, 7)),
}
tightness = Tightness(
    {n: 12, theta: sp.pi / 6, beta: sp.Rational(6001, 1000)}, ratio=18000 / (6001 * sp.pi)
)


def derive(claim: Claim) -> Evidence:
    """In h = A − 11/5 the numerator of the gap is a polynomial with positive coefficients."""

    def certificate(h: sp.Expr) -> sp.Expr:
        a = sp.Rational(11, 5) + h
        growth = 1 + a**2 / 2 + a**4 / 8 + a**6 / 48
        numerator = sp.expand(a * growth - sp.Rational(4, 5) * (3 * a**2 + 1))
        return numerator / (2 * a**3 * growth)

    return symbolic.certify(claim.reduced, certificate)


def decide(claim: Claim) -> Evidence:
    """No A ≥ 11/5 breaks the reduction."""
    return smt.refute(claim.reduced)


def sample(claim: Claim) -> Evidence:
    """Search n = 6 and the best angle for n = 12."""
    return sampling.search(claim, {n: (6, 6)}, tightness)
