"""Ten pairs of a RoPE base b and a length L with Σ cos(m·b^{−i/64}) ≥ 0 for all 0 ≤ m < L.

The sum B_m runs over the 64 planes of d = 128 channels; B_m ≥ 0 is the bound of a base on the
context length. The first six are bases printed as minimal that do keep the promise; the other
four are smaller, or keep it where the printed one does not. Good bases are no up-set: 11,640
is good to 2,048, where 12,000 fails at 1,554. ``ell`` is log b to 10^−12.

Proof idea: m = a + r with a on a coarse grid, so all B_m are one product of matrices of
cosines and sines, each a ball rounded to a float. With u = 2^−53, a sum of 128 products of
numbers up to 1 is off by 128·128u and their rounding by 256u, together below 2^−38 in any order
of summation; ell moves B_m by at most 64·L·10^−12. Tight: least, 0.0252 at b = 7.8·10⁶.

One engine: a finite scan is for exact or ball arithmetic alone; neither solvers nor rewriting
know the size of a cosine.
"""

import math
from fractions import Fraction

import sympy as sp
from flint import ctx

from theory.claim import Claim
from theory.engines import enclosure, sampling
from theory.evidence import PROSE, Evidence, Verdict

row, m = sp.symbols("row m", integer=True)
i = sp.Symbol("i", integer=True)
ell = sp.Symbol("ell", real=True)
tolerance = sp.Rational(1, 10**12)
printed = (
    *((4_300, 1_000), (16_000, 2_000), (27_000, 4_000), (84_000, 8_000)),
    *((2_100_000, 64_000), (7_800_000, 128_000)),
)
smaller = ((11_640, 2_048), (234_500, 16_384), (630_400, 32_768), (4_870_000, 128_000))


def sentence(pairs: tuple[tuple[int, int], ...]) -> Claim:
    """Every base of ``pairs`` is good up to its length."""
    rows = [sp.Eq(row, k) for k in range(1, len(pairs))] + [True]
    base, length = (
        sp.Piecewise(*zip(column, rows, strict=True)) for column in zip(*pairs, strict=True)
    )
    return Claim(
        given=(
            *(sp.Ge(row, 1), sp.Le(row, len(pairs)), sp.Ge(m, 0), sp.Le(m, length - 1)),
            *(sp.Ge(ell, sp.log(base) - tolerance), sp.Le(ell, sp.log(base) + tolerance)),
        ),
        conclusion=sp.Ge(sp.Sum(sp.cos(m * sp.exp(-ell * i / 64)), (i, 0, 63)), 0),
        source="men2024base",
    )


claim = sentence(printed + smaller)
neighbours = {
    "27,000 for 4,096": sentence(((27_000, 4_096),)),
    "7.8·10⁶ for 131,072": sentence(((7_800_000, 131_072),)),
}


def exhaust(claim: Claim) -> Evidence:
    """Every row and every m, in floats with the error bound of the docstring."""
    import numpy as np

    (rows,) = (int(g.rhs) for g in claim.given if isinstance(g, sp.Le) and g.lhs == row)
    (last,) = (g.rhs for g in claim.given if isinstance(g, sp.Le) and g.lhs == m)
    (low,) = (g.rhs for g in claim.given if isinstance(g, sp.Ge) and g.lhs == ell)
    for k in range(1, rows + 1):
        length = int(last.subs(row, k)) + 1
        side = math.isqrt(length - 1) + 1
        with ctx.workprec(enclosure.BITS):
            log = enclosure.to_arb(low.subs(row, k) + tolerance, {})
            angles = [(-log * plane / 64).exp() for plane in range(64)]
            tables = [
                [[(j * angle).sin_cos() for angle in angles] for j in range(0, stop, step)]
                for stop, step in ((length, side), (side, 1))
            ]
        (s, c), (sines, cosines) = (
            np.moveaxis(np.array([[[float(f) for f in w] for w in line] for line in table]), 2, 0)
            for table in tables
        )
        sums = (c @ cosines.T - s @ sines.T).ravel()[:length]
        slack = 2.0**-38 + 64 * length * 1e-12
        if float(sums.min()) < slack:
            nearly = sp.Rational(Fraction(float(log)))
            return enclosure.witness(claim, {row: k, m: int(sums.argmin()), ell: nearly})
    return Evidence(
        verdict=Verdict.REDUCED,
        trusts=("numpy sums and products as IEEE 754", *enclosure.TRUSTS, PROSE),
    )


def sample(claim: Claim) -> Evidence:
    """Search the first rows and small m."""
    return sampling.search(claim, {row: (1, 2), m: (0, 3)})
