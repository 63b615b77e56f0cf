"""Terms of a sentence in Coq's syntax, and what each needs in order to mean what it says.

Coq's functions are total: a quotient by 0 or a root of −1 has a value there, which SymPy does
not mean. So each translated term leaves behind the conditions under which both mean the same.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from theory.behaviour import MeanOverPermutations
from theory.binders import Least
from theory.kernel.names import Names, Untranslatable

FUNCTIONS = {
    sp.Abs: "Rabs",
    sp.cos: "cos",
    sp.cosh: "cosh",
    sp.exp: "exp",
    sp.log: "ln",
    sp.sin: "sin",
}


class Level(IntEnum):
    """Coq's precedence levels: a term fits where at least its own level is allowed."""

    ATOM = 0
    ARGUMENT = 9
    APPLICATION = 10
    BASE = 29
    POWER = 30
    MINUS = 35
    FACTOR = 39
    PRODUCT = 40
    TERM = 49
    SUM = 50
    ANY = 200


Translate = Callable[[sp.Expr, Level], str]


class Terms:
    """A translator of terms that collects conditions.

    Attributes:
        conditions: What the terms so far need in order to mean something: propositions, each
            closed but for the variables of the sentence.
    """

    def __init__(self, names: Names) -> None:
        self.conditions: list[str] = []
        self._names = names
        self._binders: list[str] = []

    # ---- integers

    def integer(self, e: sp.Expr, level: Level = Level.ANY) -> str:
        """The term in ``Z``.

        Raises:
            Untranslatable: If no translation was decided.
        """
        match e:
            case sp.Integer():
                return _numeral(e)
            case sp.Symbol() if e.is_integer:
                return self._names.of[e.name]
            case sp.Add():
                return self._sum(e, self.integer, level)
            case sp.Mul():
                return self._product(e.args, self.integer, level)
            case sp.Mod():
                dividend, divisor = e.args
                self._need(f"({self.integer(divisor)} <> 0)%Z")
                left = self.integer(dividend, Level.PRODUCT)
                right = self.integer(divisor, Level.FACTOR)
                return _fit(f"{left} mod {right}", Level.PRODUCT, level)
            case sp.Max() | sp.Min():
                return self._nested(f"Z.{e.func.__name__.lower()}", e.args, self.integer, level)
            case sp.Pow() if is_integer(e):
                if not e.exp.is_number:
                    self._need(f"(0 <= {self.integer(e.exp)})%Z")
                base = self.integer(e.base, Level.BASE)
                return _fit(f"{base} ^ {self.integer(e.exp, Level.BASE)}", Level.POWER, level)
            case sp.floor():
                inside = self.real(e.args[0], Level.ARGUMENT)
                return _fit(f"Int_part {inside}", Level.APPLICATION, level)
            case sp.ceiling():
                inside = self.real(e.args[0], Level.MINUS)
                return _fit(f"- Int_part (- {inside})", Level.MINUS, level)
        raise Untranslatable(f"no integer term for {type(e).__name__}: {e}")

    # ---- reals

    def real(self, e: sp.Expr, level: Level = Level.ANY) -> str:
        """The term in ``R``.

        Raises:
            Untranslatable: If no translation was decided.
        """
        match e:
            case sp.Integer():
                return _numeral(e)
            case _ if e is sp.pi:
                return "PI"
            case sp.Symbol():
                name = self._names.of[e.name]
                return _fit(f"IZR {name}", Level.APPLICATION, level) if e.is_integer else name
            case sp.Indexed():
                head = self._names.of[e.base.label.name]
                indices = [self._integer_argument(index) for index in e.indices]
                return _fit(" ".join([head, *indices]), Level.APPLICATION, level)
            case sp.Add():
                return self._sum(e, self.real, level)
            case sp.Rational() | sp.Mul():
                return self._quotient(e, level)
            case sp.Pow():
                return self._power(e, level)
            case sp.Mod() | sp.floor() | sp.ceiling():
                return _fit(f"IZR ({self.integer(e)})", Level.APPLICATION, level)
            case sp.Max() | sp.Min():
                return self._nested(f"R{e.func.__name__.lower()}", e.args, self.real, level)
            case sp.Abs() | sp.cos() | sp.cosh() | sp.exp() | sp.log() | sp.sin():
                return self._function(e, level)
            case sp.Sum() | Least():
                return self._binder(e, level)
            case MeanOverPermutations():
                return self._mean_over_orders(e, level)
            case sp.Piecewise():
                return self._cases(e, level)
        raise Untranslatable(f"no real term for {type(e).__name__}: {e}")

    @contextmanager
    def bound(self, index: sp.Symbol, low: sp.Expr, high: sp.Expr) -> Iterator[str]:
        """``forall index, low <= index <= high ->``, in force for all terms inside."""
        if index in sp.sympify(low).free_symbols | sp.sympify(high).free_symbols:
            raise Untranslatable(f"the range of {index} depends on {index} itself")
        ends = self.integer(sp.sympify(low)), self.integer(sp.sympify(high))
        name = self._names.of[index.name]
        binder = f"forall {name} : Z, ({ends[0]} <= {name} <= {ends[1]})%Z -> "
        self._binders.append(binder)
        yield binder
        self._binders.pop()

    # ---- parts

    def _need(self, condition: str) -> None:
        self.conditions.append("".join(self._binders) + condition)

    def _sum(self, e: sp.Add, translate: Translate, level: Level) -> str:
        first, *others = e.as_ordered_terms()
        text = translate(first, Level.SUM)
        for term in others:
            if term.could_extract_minus_sign():
                text = f"{text} - {translate(-term, Level.TERM)}"
            else:
                text = f"{text} + {translate(term, Level.TERM)}"
        return _fit(text, Level.SUM, level)

    def _product(self, factors: Sequence[sp.Expr], translate: Translate, level: Level) -> str:
        """The factors from left to right; a first factor −1 negates the second."""
        if len(factors) == 1:
            return translate(factors[0], level)
        if factors[0] == -1:
            text, own = f"- {translate(factors[1], Level.MINUS)}", Level.MINUS
            others = factors[2:]
        else:
            text, own = translate(factors[0], Level.PRODUCT), Level.PRODUCT
            others = factors[1:]
        for factor in others:
            text, own = f"{text} * {translate(factor, Level.FACTOR)}", Level.PRODUCT
        return _fit(text, own, level)

    def _quotient(self, e: sp.Expr, level: Level) -> str:
        """A product, with what has a negative exponent below a line."""
        above, below = _above_and_below(e)
        if not below:
            return self._product(above, self.real, level)
        for factor in below:
            base = factor.base if isinstance(factor, sp.Pow) else factor
            if not (base is sp.pi or base.is_Integer):
                self._need(f"{self.real(factor)} <> 0")
        if negative := above[0] == -1:
            above = above[1:] or [sp.S.One]
        text = self._product(above, self.real, Level.PRODUCT)
        text = f"{text} / {self._product(below, self.real, Level.FACTOR)}"
        if negative:
            return _fit(f"- ({text})", Level.MINUS, level)
        return _fit(text, Level.PRODUCT, level)

    def _power(self, e: sp.Pow, level: Level) -> str:
        if e.exp.is_Rational and e.exp < 0:
            return self._quotient(e, level)
        if e.exp == sp.S.Half:
            self._need(f"0 <= {self.real(e.base)}")
            return _fit(f"sqrt {self.real(e.base, Level.ARGUMENT)}", Level.APPLICATION, level)
        if e.exp.is_Integer and e.exp > 0:
            return _fit(f"{self.real(e.base, Level.BASE)} ^ {e.exp}", Level.POWER, level)
        if is_integer(e):
            return _fit(f"IZR ({self.integer(e)})", Level.APPLICATION, level)
        raise Untranslatable(f"no power {e}")

    def _function(self, e: sp.Expr, level: Level) -> str:
        (argument,) = e.args
        if isinstance(e, sp.log):
            self._need(f"0 < {self.real(argument)}")
        text = f"{FUNCTIONS[type(e)]} {self.real(argument, Level.ARGUMENT)}"
        return _fit(text, Level.APPLICATION, level)

    def _nested(
        self, name: str, terms: Sequence[sp.Expr], translate: Translate, level: Level
    ) -> str:
        *others, last = sorted(terms, key=sp.default_sort_key)
        text = translate(last, Level.ARGUMENT)
        for term in reversed(others):
            text = f"({name} {translate(term, Level.ARGUMENT)} {text})"
        return _fit(text[1:-1], Level.APPLICATION, level) if others else text

    def _binder(self, e: ExprWithLimits, level: Level) -> str:
        """A sum or a minimum; SymPy's first limit is the innermost."""
        (index, low, high), outer = e.limits[-1], e.limits[:-1]
        ends = self._integer_argument(low), self._integer_argument(high)
        if isinstance(e, sp.Sum):
            self._need(f"({self.integer(low)} <= {self.integer(high)} + 1)%Z")
        else:
            self._need(f"({self.integer(low)} <= {self.integer(high)})%Z")
        with self.bound(index, low, high):
            inside = self.real(e.func(e.function, *outer) if outer else e.function)
        name = self._names.of[index.name]
        text = f"{e.func.__name__} {ends[0]} {ends[1]} (fun {name} : Z => {inside})"
        return _fit(text, Level.APPLICATION, level)

    def _mean_over_orders(self, e: MeanOverPermutations, level: Level) -> str:
        (content, first, size), (position, first_position, size_again) = e.limits
        if not (first == first_position == 1 and size == size_again):
            raise Untranslatable(f"a mean over permutations of anything but 1..n: {e}")
        self._need(f"(1 <= {self.integer(size)})%Z")
        with self.bound(content, first, size), self.bound(position, first, size):
            inside = self.real(e.function)
        names = f"{self._names.of[content.name]} {self._names.of[position.name]}"
        text = f"MeanOverOrders {self._integer_argument(size)} (fun {names} : Z => {inside})"
        return _fit(text, Level.APPLICATION, level)

    def _cases(self, e: sp.Piecewise, level: Level) -> str:
        *cases, (text_of_last, always) = e.args
        if always != sp.true:
            raise Untranslatable(f"no last case: {e}")
        text = self.real(text_of_last)
        for value, condition in reversed(cases):
            if not (isinstance(condition, sp.Eq) and all(map(is_integer, condition.args))):
                raise Untranslatable(f"a case by {condition}, not by an equation of integers")
            left, right = (self.integer(side, Level.SUM) for side in condition.args)
            text = f"if ({left} =? {right})%Z then {self.real(value)} else {text}"
        return _fit(text, Level.ANY, level)

    def _integer_argument(self, e: sp.Expr) -> str:
        """An integer where Coq would read a real: a name, or marked as an integer."""
        text = self.integer(sp.sympify(e), Level.ARGUMENT)
        return text if text.isidentifier() else f"{text}%Z"


def is_integer(e: sp.Expr) -> bool:
    """Whether the term can be written in ``Z``."""
    match e:
        case sp.Integer() | sp.floor() | sp.ceiling():
            return True
        case sp.Symbol():
            return bool(e.is_integer)
        case sp.Add() | sp.Mul() | sp.Max() | sp.Min() | sp.Mod():
            return all(map(is_integer, e.args))
        case sp.Pow(base=base, exp=exponent):
            natural = exponent.is_Integer and exponent >= 0
            symbolic = is_integer(exponent) and not exponent.could_extract_minus_sign()
            return is_integer(base) and bool(natural or symbolic)
    return False


def _above_and_below(e: sp.Expr) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """The factors of a product above and below the line, a number first."""
    above: list[sp.Expr] = []
    below: list[sp.Expr] = []
    for factor in sp.Mul.make_args(e):
        if isinstance(factor, sp.Rational) and not isinstance(factor, sp.Integer):
            if factor.p != 1:
                above.insert(0, sp.Integer(factor.p))
            below.insert(0, sp.Integer(factor.q))
        elif isinstance(factor, sp.Pow) and factor.exp.is_Rational and factor.exp < 0:
            below.append(factor.base ** (-factor.exp))
        elif isinstance(factor, sp.Pow) and is_integer(1 / factor):
            below.append(1 / factor)
        else:
            above.append(factor)
    return above or [sp.S.One], below


def _numeral(e: sp.Integer) -> str:
    return str(e) if e >= 0 else f"({e})"


def _fit(text: str, own: Level, allowed: Level) -> str:
    return text if own <= allowed else f"({text})"
