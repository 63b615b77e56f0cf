"""How close the two sides of an inequality come, as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import sympy as sp

from theory.claim import Claim

Ranges = Mapping[sp.Symbol, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Tightness:
    """The best known ratio of the smaller side to the larger, and a point that attains it.

    Where a hypothesis or the conclusion is strict the point may lie on the border, and the
    ratio is approached.

    Attributes:
        at: A value for each variable that is not an integer symbol, in terms of the integer
            symbols; or for those too, where only one size is meant.
        ratio: Smaller side over larger side at that point, exactly; 1 is equality.
    """

    at: Mapping[sp.Expr, sp.Expr]
    ratio: sp.Expr = sp.S.One

    def points(self, claim: Claim, ranges: Ranges) -> Iterator[dict[sp.Expr, sp.Expr]]:
        """The point at every choice of the integer symbols it leaves open."""
        open_sizes = [x for x in claim.sizes if x not in self.at]
        for values in product(*(range(ranges[x][0], ranges[x][1] + 1) for x in open_sizes)):
            chosen = dict(zip(open_sizes, map(sp.Integer, values), strict=True))
            yield chosen | {x: sp.sympify(v).subs(chosen) for x, v in self.at.items()}
