"""Prints sentences as MathML, which browsers typeset without a library."""

import re
from html.entities import html5

import sympy as sp
from sympy.printing.mathml import MathMLPresentationPrinter

from theory.claim import Claim, ForEach


class _MathMLPrinter(MathMLPresentationPrinter):  # type: ignore[misc]
    """SymPy's printer with the binders of the ledger."""

    def _print_Least(self, expr: sp.Expr) -> object:
        rows = []
        for index, low, high in reversed(expr.limits):
            rows.append(self._row(low, "≤", index, "≤", high))
        return self._under("min", rows, expr.function)

    def _print_MeanOverPermutations(self, expr: sp.Expr) -> object:
        (content, _, size), (position, _, _) = expr.limits
        rows = [self._row(content, "= π (", position, "),"), self._row("π ∈ S", size)]
        return self._under("mean", rows, expr.function)

    def _print_Piecewise(self, expr: sp.Expr) -> object:
        table = self.dom.createElement("mtable")
        for value, condition in expr.args:
            row = self.dom.createElement("mtr")
            for part in (value, "else" if condition == sp.true else condition):
                cell = self.dom.createElement("mtd")
                cell.appendChild(self._part(part))
                row.appendChild(cell)
            table.appendChild(row)
        return self._joined(self._part("{"), table)

    def _under(self, sign: str, below: list[object], function: sp.Expr) -> object:
        under = self.dom.createElement("munder")
        under.appendChild(self._part(sign))
        under.appendChild(self._joined(*below))
        brackets = self._part("("), self._print(function), self._part(")")
        return self._joined(under, *brackets)

    def _row(self, *parts: sp.Expr | str) -> object:
        return self._joined(*(self._part(part) for part in parts))

    def _part(self, part: sp.Basic | str) -> object:
        if not isinstance(part, str):
            return self._print(part)
        sign = self.dom.createElement("mo")
        sign.appendChild(self.dom.createTextNode(part))
        return sign

    def _joined(self, *parts: object) -> object:
        row = self.dom.createElement("mrow")
        for part in parts:
            row.appendChild(part)
        return row


def mathml(expression: sp.Basic) -> str:
    """Returns an expression as a ``math`` element."""
    inside = _MathMLPrinter({"disable_split_super_sub": False}).doprint(expression)
    # SymPy writes named entities and an unescaped less-than sign, which XML does not allow.
    inside = inside.replace("<mo><</mo>", "<mo>&lt;</mo>")
    numbered = re.sub(r"&(\w+);", lambda named: f"&#{ord(html5[named[1] + ';'])};", inside)
    return f"<math>{numbered}</math>"


def sentence(claim: Claim) -> dict[str, object]:
    """Returns the hypotheses and the conclusion of a sentence, each as MathML."""
    given = [
        f"{mathml(g.relation)} for {mathml(g.index)} = {mathml(g.low)}, …, {mathml(g.high)}"
        if isinstance(g, ForEach)
        else mathml(g)
        for g in claim.given
    ]
    return {"given": given, "conclusion": mathml(claim.conclusion)}
