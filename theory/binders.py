"""Minima over integer ranges, kept unexpanded until the range is known."""

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.printing.latex import LatexPrinter


class Least(ExprWithLimits):  # type: ignore[misc]
    """``Least(f, (t, a, b), …)``: the least value of ``f`` over the integers ``a ≤ t ≤ b``."""

    is_real = True

    def doit(self, **hints: object) -> sp.Expr:
        """Write the minimum out where every range is a pair of integers; of nothing it is ∞."""
        values = [self.function]
        for index, low, high in reversed(self.limits):
            ends = sp.sympify(low), sp.sympify(high)
            if not all(end.is_Integer for end in ends):
                return self
            steps = range(int(ends[0]), int(ends[1]) + 1)
            values = [value.subs(index, step) for value in values for step in steps]
        distinct = list(dict.fromkeys(values))
        if len(distinct) < 2:
            return distinct[0] if distinct else sp.oo
        return sp.Min(*distinct, evaluate=False)

    def _latex(self, printer: LatexPrinter) -> str:
        ends = ([printer.doprint(part) for part in limit] for limit in reversed(self.limits))
        below = r",\ ".join(rf"{low} \leq {index} \leq {high}" for index, low, high in ends)
        return rf"\min_{{{below}}} \left({printer.doprint(self.function)}\right)"
