"""What a theorem is: one sentence, written once, in SymPy."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.relational import Relational


@dataclass(frozen=True, slots=True)
class ForEach:
    """A hypothesis assumed once for each integer value of an index.

    Attributes:
        relation: The hypothesis, in terms of ``index``.
        index: An integer symbol, bound here.
        low: The first value of the index.
        high: The last value of the index.
    """

    relation: Relational
    index: sp.Symbol
    low: sp.Expr
    high: sp.Expr

    def at(self, sizes: Mapping[sp.Symbol, int]) -> tuple[Relational, ...]:
        """The hypothesis written out for every value of the index."""
        low, high = (int(sp.sympify(end).subs(sizes)) for end in (self.low, self.high))
        return tuple(
            _substitute(self.relation, {**sizes, self.index: value})
            for value in range(low, high + 1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The sentence "if every ``given`` holds, so does ``conclusion``".

    It speaks of every real value of its real symbols and every integer value of
    its integer symbols. Sums and minima over an integer symbol stay unexpanded;
    :meth:`at` writes them out. All evidence reads the sentence from here, so no
    evidence can be about another sentence.

    Attributes:
        conclusion: A relation, with exact constants only.
        given: Relations the symbols are assumed to satisfy.
        source: Bibliography key and place, such as ``su2021roformer, eq. 16``.
        reduction: A sentence in reals alone from which this one follows, by the
            argument in the docstring of its theorem.

    Raises:
        ValueError: If SymPy already collapsed a relation to true or false, a
            symbol is not real, or a constant is a float.
    """

    conclusion: Relational
    given: tuple[Relational | ForEach, ...] = ()
    source: str = ""
    reduction: Claim | None = None

    def __post_init__(self) -> None:
        for relation in self._relations():
            if not isinstance(relation, Relational):
                raise ValueError(f"not a relation: {relation}; build it with evaluate=False")
            if floats := relation.atoms(sp.Float):
                raise ValueError(f"inexact constants {floats} in {relation}")
        if strangers := [v for v in self.variables if not v.is_real]:
            raise ValueError(f"not real: {strangers}")

    @property
    def variables(self) -> tuple[sp.Expr, ...]:
        """The symbols and indexed symbols that occur free, in alphabetical order."""
        return _free(tuple(self._relations()), tuple(self._bound()))

    @property
    def sizes(self) -> tuple[sp.Symbol, ...]:
        """The integer symbols among the variables."""
        return tuple(v for v in self.variables if v.is_Symbol and v.is_integer)

    @property
    def scope(self) -> str:
        """All that the sentence speaks of: its symbols by kind, and the hypotheses on them."""
        indexed = {v.base.label.name for v in self.variables if isinstance(v, sp.Indexed)}
        plain = [v for v in self.variables if v.is_Symbol]
        kinds = {
            "integers": [v.name for v in plain if v.is_integer],
            "reals": [v.name for v in plain if not v.is_integer],
            "families of reals": sorted(indexed),
        }
        parts = [f"all {kind} {', '.join(names)}" for kind, names in kinds.items() if names]
        hypotheses = self._hypotheses().replace(">=", "≥").replace("<=", "≤")
        return "; ".join(parts) + (f" with {hypotheses}" if hypotheses else "")

    def says(self, other: Claim) -> bool:
        """Whether the other is the same sentence, from whatever source and by whatever argument."""
        return (self.given, self.conclusion) == (other.given, other.conclusion)

    @property
    def gap(self) -> sp.Expr:
        """What the conclusion says is positive, non-negative, or zero."""
        return gap(self.conclusion)

    @property
    def reduced(self) -> Claim:
        """The reduction, for an argument that needs one.

        Raises:
            ValueError: If the sentence has none.
        """
        if self.reduction is None:
            raise ValueError(f"no reduction is stated for {self}")
        return self.reduction

    def at(self, sizes: Mapping[sp.Symbol, int]) -> Claim:
        """The sentence at the given values of its integer symbols, written out."""
        return replace(
            self,
            conclusion=_substitute(self.conclusion, sizes),
            given=self.given_at(sizes),
            reduction=None,
        )

    def given_at(self, sizes: Mapping[sp.Symbol, int]) -> tuple[Relational, ...]:
        """The hypotheses alone at the given values of the integer symbols, written out."""
        given: list[Relational] = []
        for hypothesis in self.given:
            match hypothesis:
                case ForEach():
                    given += hypothesis.at(sizes)
                case _:
                    given.append(_substitute(hypothesis, sizes))
        return tuple(given)

    def __str__(self) -> str:
        given = self._hypotheses()
        return f"{given} ⊢ {self.conclusion}" if given else str(self.conclusion)

    def _hypotheses(self) -> str:
        return ", ".join(
            f"{g.relation} for {g.index} in {g.low}..{g.high}" if isinstance(g, ForEach) else str(g)
            for g in self.given
        )

    def _repr_latex_(self) -> str:
        given = [
            rf"{sp.latex(g.relation)} \text{{ for }} {sp.latex(g.index)} = "
            rf"{sp.latex(g.low)}, \ldots, {sp.latex(g.high)}"
            if isinstance(g, ForEach)
            else sp.latex(g)
            for g in self.given
        ]
        hypotheses = r",\; ".join(given)
        assumed = rf"{hypotheses} \;\vdash\; " if given else ""
        return rf"$\displaystyle {assumed}{sp.latex(self.conclusion)}$"

    def _bound(self) -> Iterable[sp.Symbol]:
        return (g.index for g in self.given if isinstance(g, ForEach))

    def _relations(self) -> Iterable[Relational]:
        yield self.conclusion
        for hypothesis in self.given:
            yield hypothesis.relation if isinstance(hypothesis, ForEach) else hypothesis


@cache
def _free(relations: tuple[Relational, ...], bound: tuple[sp.Symbol, ...]) -> tuple[sp.Expr, ...]:
    free = set[sp.Expr]().union(*(relation.free_symbols for relation in relations))
    indexed = {v for v in free if isinstance(v, sp.Indexed)}
    labels = {v.base.label for v in indexed}
    return tuple(sorted(free - set(bound) - labels, key=str))


def gap(relation: Relational) -> sp.Expr:
    """``larger - smaller`` of an inequality, ``left - right`` of an equation."""
    if isinstance(relation, sp.Eq):
        return relation.lhs - relation.rhs
    return relation.gts - relation.lts


def summed(term: Claim, *, over: tuple[sp.Symbol, ...], size: sp.Symbol) -> Claim:
    """The relation ``term`` added up over ``size`` planes, with ``term`` as its reduction.

    Equations add up, and so do inequalities that point the same way.

    Args:
        term: A relation about one plane; its hypotheses are assumed in every plane.
        over: The symbols of ``term`` that differ from plane to plane.
        size: The number of planes.
    """
    plane = sp.Symbol("k", integer=True)
    indexed = {s: sp.IndexedBase(s.name, real=True)[plane] for s in over}
    left, right = (
        sp.Sum(side.subs(indexed), (plane, 1, size))
        for side in (term.conclusion.lhs, term.conclusion.rhs)
    )
    assumed = [
        ForEach(g.subs(indexed), plane, sp.S.One, size)
        for g in term.given
        if isinstance(g, Relational)
    ]
    return Claim(
        given=(sp.Ge(size, 1), *assumed),
        conclusion=term.conclusion.func(left, right, evaluate=False),
        source=term.source,
        reduction=term,
    )


def _substitute(relation: Relational, sizes: Mapping[sp.Symbol, int]) -> Relational:
    values = {size: sp.Integer(value) for size, value in sizes.items()}
    left, right = (_written_out(side, values) for side in (relation.lhs, relation.rhs))
    return relation.func(left, right, evaluate=False)


def _written_out(e: sp.Basic, values: Mapping[sp.Basic, sp.Basic]) -> sp.Basic:
    """A term with values for some symbols, its sums and minima over known ranges term by term."""
    match e:
        case sp.Sum():
            return _sum_written_out(e, values)
        case ExprWithLimits():
            return e.subs(values).doit()
        case sp.Symbol():
            return values.get(e, e)
        case _:
            parts = [_written_out(part, values) for part in e.args]
            return e if all(map(operator.is_, parts, e.args)) else e.func(*parts)


def _sum_written_out(e: sp.Sum, values: Mapping[sp.Basic, sp.Basic]) -> sp.Basic:
    *inner, (index, low, high) = e.limits
    first, last = (_written_out(sp.sympify(end), values) for end in (low, high))
    if not (first.is_Integer and last.is_Integer):
        return e.subs(values).doit()
    function = e.func(e.function, *inner) if inner else e.function
    steps = range(int(first), int(last) + 1)
    return sp.Add(*(_written_out(function, {**values, index: sp.Integer(i)}) for i in steps))
