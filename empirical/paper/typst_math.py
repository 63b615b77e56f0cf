"""Prints SymPy expressions as Typst mathematics."""

from functools import cache

import sympy as sp
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.printer import Printer
from sympy.simplify.radsimp import fraction

from theory.claim import Claim, ForEach

GREEK = frozenset(
    ("alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "mu", "omega", "phi", "ell")
)


class _TypstPrinter(Printer):  # type: ignore[misc]
    """One method per kind of node; a kind without a method is an error."""

    printmethod = "_typst"  # not _sympystr, which would print some classes as plain text

    def emptyPrinter(self, expr: object) -> str:
        raise TypeError(f"no Typst form is known for {type(expr).__name__}")

    def parenthesize(self, expr: sp.Expr, level: int) -> str:
        text = str(self._print(expr))
        return f"({text})" if precedence(expr) <= level else text

    def _print_Add(self, expr: sp.Expr) -> str:
        first, *others = (str(self._print(term)) for term in expr.as_ordered_terms())
        signed = (f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in others)
        return first + "".join(signed)

    def _print_Symbol(self, expr: sp.Expr) -> str:
        name, _, index = expr.name.partition("_")
        if name not in GREEK and len(name) > 1:
            name, index = (name[0], name[1:]) if name[1:].isdigit() else (f'"{name}"', index)
        return f"{name}_({' '.join(index)})" if index else name

    def _print_Indexed(self, expr: sp.Expr) -> str:
        indices = ", ".join(self._print(index) for index in expr.indices)
        return f"{self._print(expr.base.label)}_({indices})"

    def _print_Integer(self, expr: sp.Expr) -> str:
        return str(expr)

    def _print_Rational(self, expr: sp.Expr) -> str:
        return f"{expr.p}/{expr.q}"

    _print_NegativeOne = _print_One = _print_Zero = _print_Integer
    _print_Half = _print_Rational

    def _print_Mul(self, expr: sp.Expr) -> str:
        if expr.args[0].is_Rational and expr.args[0].is_negative:
            return f"-{self._product(-expr)}"
        return self._product(expr)

    def _product(self, expr: sp.Expr) -> str:
        above, below = fraction(expr, exact=True)
        if below is not sp.S.One:
            return f"frac({self._print(above)}, {self._print(below)})"
        factors = expr.as_ordered_factors() if expr.is_Mul else [expr]
        return " ".join(self.parenthesize(factor, PRECEDENCE["Mul"]) for factor in factors)

    def _print_Pow(self, expr: sp.Expr, rational: bool = False) -> str:
        base, power = expr.as_base_exp()
        if power == sp.S.Half:
            return f"sqrt({self._print(base)})"
        if power.could_extract_minus_sign():
            return f"frac(1, {self._print(sp.Pow(base, -power, evaluate=False))})"
        if power is sp.S.One:
            return str(self._print(base))
        if isinstance(base, sp.Function | sp.Sum):
            return f"({self._print(base)})^({self._print(power)})"
        return f"{self.parenthesize(base, PRECEDENCE['Pow'])}^({self._print(power)})"

    def _print_exp(self, expr: sp.Expr) -> str:
        return f"e^({self._print(expr.args[0])})"

    def _print_cos(self, expr: sp.Expr) -> str:
        inside = ", ".join(self._print(a) for a in expr.args)
        return f"{expr.func.__name__}({inside})"

    _print_sin = _print_cosh = _print_log = _print_cos

    def _print_Min(self, expr: sp.Expr) -> str:
        return f"{expr.func.__name__.lower()}({', '.join(self._print(a) for a in expr.args)})"

    _print_Max = _print_Min

    def _print_Mod(self, expr: sp.Expr) -> str:
        left, right = (self.parenthesize(a, PRECEDENCE["Mul"]) for a in expr.args)
        return f'({left} thick "mod" thick {right})'

    def _print_Abs(self, expr: sp.Expr) -> str:
        return f"abs({self._print(expr.args[0])})"

    def _print_ceiling(self, expr: sp.Expr) -> str:
        return f"ceil({self._print(expr.args[0])})"

    def _print_floor(self, expr: sp.Expr) -> str:
        return f"floor({self._print(expr.args[0])})"

    def _print_Sum(self, expr: sp.Expr) -> str:
        return self._bound(expr, "sum")

    def _print_Least(self, expr: sp.Expr) -> str:
        return self._bound(expr, "min")

    def _print_MeanOverPermutations(self, expr: sp.Expr) -> str:
        (content, _, size), (position, _, _) = expr.limits
        inside = self.parenthesize(expr.function, PRECEDENCE["Mul"])
        names = f"{self._print(content)} = pi({self._print(position)})"
        return f'op("mean", limits: #true)_({names}, pi in S_({self._print(size)})) {inside}'

    def _bound(self, expr: sp.Expr, sign: str) -> str:
        ranges = [[self._print(part) for part in limit] for limit in expr.limits]
        inside = self.parenthesize(expr.function, PRECEDENCE["Mul"])
        if sign == "sum":
            signs = (f"sum_({x} = {low})^({high})" for x, low, high in reversed(ranges))
            return f"{' '.join(signs)} {inside}"
        below = " \\ ".join(f"{low} <= {x} <= {high}" for x, low, high in reversed(ranges))
        return f"min_({below}) {inside}"

    def _print_Piecewise(self, expr: sp.Expr) -> str:
        rows = ", ".join(
            f"{self._print(value)} & {self._print(condition)}" for value, condition in expr.args
        )
        return f"cases({rows})"

    def _print_BooleanTrue(self, expr: sp.Basic) -> str:
        return '"else"'

    def _print_Relational(self, expr: sp.Basic) -> str:
        sign = {"==": "="}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    def _print_Pi(self, expr: sp.Expr) -> str:
        return "pi"


@cache
def typst(expression: sp.Basic) -> str:
    """Returns an expression or a relation as the inside of a Typst equation.

    Raises:
        TypeError: the expression holds a kind of node without a method.
    """
    return str(_TypstPrinter().doprint(expression))


def hypotheses(claim: Claim) -> list[str]:
    """Returns each hypothesis of a sentence as the inside of a Typst equation."""
    return [
        f'{typst(g.relation)} quad "for" {typst(g.index)} = {typst(g.low)}, …, {typst(g.high)}'
        if isinstance(g, ForEach)
        else typst(g)
        for g in claim.given
    ]
