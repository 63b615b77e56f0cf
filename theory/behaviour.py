"""Positional and symbolic behaviour, in symbols (urrutia2025decoupling, urrutia2026heads App. D).

``a[k, j]`` is the logit that content k would receive at position j. *Positional*: it does
not depend on k. *Symbolic*: it does not depend on j. Observed logits are ``a[j, j]``.
"""

from collections.abc import Sequence
from itertools import permutations

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.printing.latex import LatexPrinter

from theory.binders import Least


class MeanOverPermutations(ExprWithLimits):  # type: ignore[misc]
    """``MeanOverPermutations(f, (k, 1, n), (j, 1, n))``: the mean of f over π and j, with k = π(j).

    π runs through all n! permutations of 1..n, and j through 1..n.
    """

    is_real = True

    def doit(self, **hints: object) -> sp.Expr:
        """Write the mean out where n is an integer."""
        (content, _, size), (position, _, _) = self.limits
        if not size.is_Integer:
            return self
        places = range(1, int(size) + 1)
        orders = list(permutations(places))
        terms = (
            self.function.subs({content: order[j - 1], position: j}, simultaneous=True)
            for order in orders
            for j in places
        )
        return sp.Add(*terms) / (len(orders) * len(places))

    def _latex(self, printer: LatexPrinter) -> str:
        (content, _, size), (position, _, _) = self.limits
        k, j, n, inside = map(printer.doprint, (content, position, size, self.function))
        below = rf"{k} = \pi({j}),\ \pi \in S_{{{n}}}"
        return rf"\operatorname{{mean}}_{{{below}}} \left({inside}\right)"


def squared_cosine(u: Sequence[sp.Expr], v: Sequence[sp.Expr]) -> sp.Expr:
    """The square of the cosine of the angle between two vectors of two entries each.

    Weights are positive, and so is their cosine: it is known when its square is.
    """
    (a, b), (c, d) = u, v
    return (a * c + b * d) ** 2 / ((a**2 + b**2) * (c**2 + d**2))


def partial_induction_floor(length: sp.Expr, letters: sp.Expr, angle: sp.Expr) -> sp.Expr:
    """The least lead of a matching key over one that does not match, by two planes (f_MIX).

    A key ``k`` letters off at distance ``t`` has the logit ``cos(kω) + cos(tθ)``, where
    ``ω = 2π/letters``, the NoPE plane holds the letters and ``angle`` is θ. The match
    stands at the distance s, its rival at ``(s + r) mod length``.
    """
    s, r, k = sp.symbols("s r k", integer=True)
    match = 1 + sp.cos(s * angle)
    rival = sp.cos(2 * sp.pi * k / letters) + sp.cos(sp.Mod(s + r, length) * angle)
    return Least(match - rival, (r, 1, length - 1), (s, 0, length - 1), (k, 1, letters - 1))
