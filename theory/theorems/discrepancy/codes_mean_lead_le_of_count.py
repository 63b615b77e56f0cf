"""Among A codes, in any dimension, the mean lead over all pairs is at most A/(A − 1).

The lead of x over y is |x − y|²/2, which is 1 − ⟨x, y⟩ for unit codes; A/(A − 1) is then the
bound, in general it is times the mean of |x|². Hence the least lead, the floor of a NoPE
symbol match, is no larger, at any length and in any number of planes. A ≥ 2.

Proof idea: coordinate by coordinate, half the sum of (y_a − y_b)² over all a and b is
A·Q − S² with S = Σ y and Q = Σ y². Tight: codes that sum to zero; with equal leads, the
simplex, which needs A − 1 dimensions.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import exhaustion, sampling, smt, symbolic
from theory.evidence import Evidence
from theory.tightness import Tightness

A, dim = sp.symbols("A d", integer=True)
a, b, k = sp.symbols("a b k", integer=True)
x = sp.IndexedBase("x", real=True)
count, Q, S = sp.symbols("A Q S", real=True)


def sentence(fewer: sp.Rational) -> Claim:
    """The mean lead is at most (A − fewer)/(A − 1) times the mean square length."""
    leads = sp.Sum((x[a, k] - x[b, k]) ** 2 / 2, (a, 1, A), (b, 1, A), (k, 1, dim))
    squares = sp.Sum(x[a, k] ** 2, (a, 1, A), (k, 1, dim))
    return Claim(
        given=(sp.Ge(A, 2), sp.Ge(dim, 1)),
        conclusion=sp.Le(leads / (A * (A - 1)), (A - fewer) / (A - 1) * squares / A),
        source="ours; the simplex bound of coding theory",
        reduction=Claim(
            given=(sp.Ge(count, 2),),
            conclusion=sp.Le(count * Q - S**2, (count - fewer) * Q, evaluate=False),
        ),
    )


claim = sentence(sp.S.Zero)
neighbours = {"A − 1 for A": sentence(sp.S.One), "A − 1/2 for A": sentence(sp.S.Half)}
tightness = Tightness({A: 2, dim: 1, x[1, 1]: 1, x[2, 1]: -1})


def derive(claim: Claim) -> Evidence:
    """What is missing in one coordinate is S²."""
    return symbolic.certify(claim.reduced, lambda more: S**2)


def decide(claim: Claim) -> Evidence:
    """No A, Q and S break it in one coordinate."""
    return smt.refute(claim.reduced)


def exhaust(claim: Claim) -> Evidence:
    """At each size, what is missing is Σ S² over the coordinates, as a polynomial."""

    def missing_squares(case: tuple[int, int]) -> bool:
        count, size = case
        sums = [sum(x[i, j] for i in range(1, count + 1)) for j in range(1, size + 1)]
        missing = sum(s**2 for s in sums) / (count * (count - 1))
        return bool(sp.expand(claim.at({A: count, dim: size}).gap - missing) == 0)

    cases = [(count, size) for count in (2, 3, 4) for size in (1, 2)]
    return exhaustion.every(cases, missing_squares, "A ≤ 4, d ≤ 2", symbolic.TRUSTS)


def sample(claim: Claim) -> Evidence:
    """Search up to four codes in up to two dimensions."""
    return sampling.search(claim, {A: (2, 4), dim: (1, 2)}, tightness)
