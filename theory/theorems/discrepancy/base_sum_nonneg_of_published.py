"""As published: thirteen RoPE bases b keep Σ cos(m·b^{−i/64}) ≥ 0 for all 0 ≤ m < L.

The sum runs over the 64 planes of d = 128 channels, and b was found as the least base that
keeps it to length L: nine bases for 1k to 1M, and four from a second search. k is read as
1000 and M as 10⁶; with 1024 and 2²⁰ there are more m to keep. ``ell`` is log b to 10^−12.

It is false as printed for the seven pairs of the neighbours, each with its own m: 16k, 32k
and 1M of the first search, all four of the second. Those of the second for 2k, 16k and 128k
are rounded from good bases nearby; good bases are no up-set, so rounding does not keep them.
Nor is 16,000 the least base for 2k: 11,640 is good.
"""

import math
from fractions import Fraction

import sympy as sp

from theory.claim import Claim
from theory.engines import enclosure, sampling
from theory.evidence import Evidence, Verdict
from theory.theorems.discrepancy.base_sum_nonneg_of_length import ell, m, printed, row, sentence

bad = {
    (310_000, 16_000): 14_894,
    (640_000, 32_000): 30_929,
    (510_000_000, 1_000_000): 874_868,
    (12_000, 2_000): 1_800,
    (230_000, 16_000): 15_604,
    (4_900_000, 128_000): 125_573,
    (65_000_000, 1_000_000): 997_113,
}
claim = sentence((*printed, *bad))
neighbours = {f"{base:,} for {length:,}": sentence(((base, length),)) for base, length in bad}
expected = Verdict.REFUTED
replaced_by = "base_sum_nonneg_of_length"
repaired = sentence(printed)


def enclose(claim: Claim) -> Evidence:
    """Evaluate the sum at the m known for the first bad row there is."""
    (rows,) = (int(g.rhs) for g in claim.given if isinstance(g, sp.Le) and g.lhs == row)
    (low,) = (g.rhs for g in claim.given if isinstance(g, sp.Ge) and g.lhs == ell)
    (log,) = low.atoms(sp.log)
    known = {base: distance for (base, _), distance in bad.items()}
    bases = {k: int(log.args[0].subs(row, k)) for k in range(1, rows + 1)}
    k = next((k for k, base in bases.items() if base in known), 1)
    nearly = sp.Rational(Fraction(math.log(bases[k])))
    return enclosure.witness(claim, {row: k, m: known.get(bases[k], 0), ell: nearly})


def sample(claim: Claim) -> Evidence:
    """Search the first rows and small m."""
    return sampling.search(claim, {row: (1, 2), m: (0, 3)})
