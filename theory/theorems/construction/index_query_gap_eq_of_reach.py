"""The gap of the Index query of i among n positions is g(M), with M = max(i, n − 1 − i).

n ≥ 2, 0 ≤ i ≤ n − 1, any real θ. The target is i back, the rivals at the distances
t = (i + s) mod n for 1 ≤ s ≤ n − 1; each trails by 1 − cos((t − i)θ). On the other side
g(M) is the least of 1 − cos dθ over 1 ≤ d ≤ M.

Proof idea: some rival is d positions from the target iff i − d ≥ 0 or i + d ≤ n − 1, that
is, iff the larger of i − d and n − 1 − i − d is not negative. The reduction says that this
is M − d; L stands for n − 1. The cosine is even. Tight: an equation.
"""

import sympy as sp

from theory.binders import Least
from theory.claim import Claim
from theory.discrepancy import index_gap, index_reach
from theory.engines import enclosure, exhaustion, sampling, smt, symbolic
from theory.evidence import Evidence, Verdict

n, i, s = sp.symbols("n i s", integer=True)
theta, d, L, offset = sp.symbols("theta d L i", real=True)


def sentence(shorter: int) -> Claim:
    """The reach is that among ``shorter`` positions fewer."""
    rival = sp.Mod(i + s, n) - i
    return Claim(
        given=(sp.Ge(n, 2 + shorter), sp.Ge(i, 0), sp.Le(i, n - 1)),
        conclusion=sp.Eq(
            Least(1 - sp.cos(rival * theta), (s, 1, n - 1)),
            index_gap(index_reach(n - shorter, i), theta),
            evaluate=False,
        ),
        source="urrutia2026heads, Lemma F.1; reach ours",
        reduction=Claim(
            conclusion=sp.Eq(
                sp.Max(offset - d, L - offset - d),
                index_reach(L + 1 - shorter, offset) - d,
                evaluate=False,
            )
        ),
    )


claim = sentence(0)
neighbours = {"one position fewer": sentence(1), "one position more": sentence(-1)}


def decide(claim: Claim) -> Evidence:
    """No i, d and L break the reduction."""
    return smt.refute(claim.reduced)


def exhaust(claim: Claim) -> Evidence:
    """At each length and query the two minima are over the same set."""

    def same(case: tuple[int, int]) -> bool:
        both = claim.at(dict(zip((n, i), case, strict=True))).conclusion
        return bool(both.lhs == both.rhs)

    cases = [(size, back) for size in range(3, 9) for back in range(size)]
    return exhaustion.every(cases, same, "3 ≤ n ≤ 8, every i, all real θ", symbolic.TRUSTS)


def sample(claim: Claim) -> Evidence:
    """Search half a turn among three positions, and lengths from 3 to 8."""
    half_turn = enclosure.witness(claim, {n: sp.Integer(3), i: sp.S.Zero, theta: sp.pi})
    if half_turn.verdict is Verdict.REFUTED:
        return half_turn
    return sampling.search(claim, {n: (3, 8), i: (0, 7)})
