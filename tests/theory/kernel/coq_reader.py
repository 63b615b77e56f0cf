"""A reader of generated statements, written from Coq's grammar and not from the translator.

It parses the little Coq that statements use and evaluates it at a point. Everything is strict: a
quotient by zero, an empty minimum, or a root or logarithm outside its domain raises ``Undefined``,
and so do integers where Coq expects reals.
"""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import mpmath

TOKEN = re.compile(r"\s*(%Z|/\\|->|=>|<=|>=|<>|=\?|:=|[A-Za-z_][\w.']*|\d+|[-+*/^()<>=:,.])")
RELATIONS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}
LEVELS = {"+": 50, "-": 50, "*": 40, "/": 40, "mod": 40, "^": 30}
Value = Any  # an int in Z, an mpf in R, a function


class Undefined(ValueError):
    """A term that is a mere convention in Coq at this point."""


class IllTyped(ValueError):
    """An integer where a real should stand, or the other way round."""


@dataclass
class Reader:
    """A parser that evaluates as it reads.

    Attributes:
        tokens: What is left to read, last token first.
        values: The value of each free variable.
        relations: The two sides of each relation that was evaluated, in order.
    """

    tokens: list[str]
    values: dict[str, Value]
    relations: list[tuple[Value, str, Value]] = field(default_factory=list)

    @classmethod
    def of(cls, text: str, values: dict[str, Value]) -> "Reader":
        tokens = TOKEN.findall(text)
        assert "".join(tokens) == re.sub(r"\s+", "", text), "a token that is not known"
        return cls(tokens[::-1], dict(values))

    def next(self) -> str:
        return self.tokens.pop()

    def peek(self, ahead: int = 1) -> str:
        return self.tokens[-ahead] if len(self.tokens) >= ahead else ""

    def expect(self, *wanted: str) -> None:
        for token in wanted:
            got = self.next()
            assert got == token, (got, token, self.tokens[::-1][:10])

    # ---- propositions

    def proposition(self) -> bool:
        """Evaluate a chain of implications and conjunctions; all of its parts are evaluated."""
        truth = self.atom()
        if self.peek() == "/\\":
            self.next()
            rest = self.proposition()
            return truth and rest
        if self.peek() == "->":
            self.next()
            rest = self.proposition()
            return rest or not truth
        return truth

    def atom(self) -> bool:
        if self.peek() == "forall":
            return self.for_all()
        if self.peek() == "True":
            self.next()
            return True
        if self.peek() == "(":
            end = self._closing()
            if self.peek(end + 1) == "%Z":
                self.next()
                truth = self.relation("Z")
                self.expect(")", "%Z")
                return truth
            if self._holds_proposition(end):
                self.next()
                truth = self.proposition()
                self.expect(")")
                return truth
        return self.relation("R")

    def for_all(self) -> bool:
        """``forall k : Z, (a <= k <= b)%Z -> P``, for each k; other binders must be valued."""
        self.expect("forall")
        if self.peek() == "(":
            while self.peek() == "(":
                self.tokens = self.tokens[: -self._closing()]
            self.expect(",")
            return self.proposition()
        name = self.next()
        self.expect(":", "Z", ",", "(")
        low = self.term("Z")
        self.expect("<=", name, "<=")
        high = self.term("Z")
        self.expect(")", "%Z", "->")
        return all(self._each(name, low, high, self.proposition))

    def relation(self, scope: str) -> bool:
        left = self.term(scope)
        sign = self.next()
        right = self.term(scope)
        self.relations.append((left, sign, right))
        return bool(RELATIONS[sign](left, right))

    # ---- terms

    def term(self, scope: str, level: int = 99) -> Value:
        left, own = self.prefix(scope)
        while own <= level and (operator := self.peek()) in LEVELS:
            its = LEVELS[operator]
            if its > level or own > (its - 1 if operator == "^" else its):
                break
            self.next()
            right = self.nat() if (operator, scope) == ("^", "R") else None
            if right is None:
                right = self.term(scope, its if operator == "^" else its - 1)
            left, own = self.applied(operator, left, right, scope), its
        return left

    def prefix(self, scope: str) -> tuple[Value, int]:
        if self.peek() == "-":
            self.next()
            return -self.term(scope, 35), 35
        if self.peek() == "if":
            return self.conditional(scope), 200
        if self.peek().isidentifier() or "." in self.peek()[1:]:
            return self.application(scope)
        return self.simple(scope), 0

    def simple(self, scope: str) -> Value:
        """A numeral, a variable or a group, possibly marked as an integer."""
        token = self.next()
        if token == "(":
            inner = "Z" if self.peek(self._closing(1) + 1) == "%Z" else scope
            value = self.term(inner)
            self.expect(")")
        elif token.isdigit():
            inner = "Z" if self.peek() == "%Z" else scope
            value = int(token) if inner == "Z" else mpmath.mpf(int(token))
        else:
            return typed(mpmath.pi() if token == "PI" else self.values[token], scope)
        if self.peek() == "%Z":
            self.next()
        return typed(value, scope)

    def application(self, scope: str) -> tuple[Value, int]:
        name = self.peek()
        if name in ("Sum", "Least", "MeanOverOrders"):
            self.next()
            return typed(getattr(self, name.lower())(), scope), 10
        if name in FUNCTIONS:
            self.next()
            domain, function = FUNCTIONS[name]
            return typed(function(*(self.simple(d) for d in domain)), scope), 10
        value = self.values.get(name)
        if callable(value):
            self.next()
            arity = self.values[f"{name}/arity"]
            return typed(value(*(self.simple("Z") for _ in range(arity))), scope), 10
        return self.simple(scope), 0

    def applied(self, operator: str, left: Value, right: Value, scope: str) -> Value:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                if right == 0:
                    raise Undefined("a quotient by zero")
                return left / right
            case "mod":
                if scope != "Z":
                    raise IllTyped("mod of reals")
                if right == 0:
                    raise Undefined("a remainder by zero")
                return left % right
        if right < 0:
            raise Undefined("a negative exponent")
        return left**right

    def nat(self) -> int:
        return int(self.next())

    def conditional(self, scope: str) -> Value:
        self.expect("if", "(")
        left = self.term("Z")
        self.expect("=?")
        right = self.term("Z")
        self.expect(")", "%Z", "then")
        yes = self.term(scope)
        self.expect("else")
        no = self.term(scope, 200)
        return yes if left == right else no

    # ---- binders

    def sum(self) -> Value:
        low, high = self.simple("Z"), self.simple("Z")
        if high + 1 < low:
            raise Undefined("a sum that runs backwards")
        return mpmath.fsum(self.function(("Z",), [(i,) for i in range(low, high + 1)]))

    def least(self) -> Value:
        low, high = self.simple("Z"), self.simple("Z")
        if high < low:
            raise Undefined("a minimum over nothing")
        return min(self.function(("Z",), [(i,) for i in range(low, high + 1)]))

    def meanoverorders(self) -> Value:
        size = self.simple("Z")
        if size < 1:
            raise Undefined("a mean over nothing")
        places = range(1, size + 1)
        orders = itertools.permutations(places)
        points = [(order[j - 1], j) for order in orders for j in places]
        values = self.function(("Z", "Z"), points)
        return mpmath.fsum(values) / len(values)

    def function(self, domain: Sequence[str], points: Sequence[tuple[int, ...]]) -> list[Value]:
        """``(fun i j : Z => term)`` at each point; read once more if there is none."""
        self.expect("(", "fun")
        names = [self.next() for _ in domain]
        self.expect(":", "Z", "=>")
        start = list(self.tokens)
        values = []
        with_outer = dict(self.values)
        for point in points:
            self.tokens = list(start)
            self.values = {**with_outer, **dict(zip(names, point, strict=True))}
            values.append(self.term("R", 200))
        self.values = with_outer
        if not points:
            self.tokens = start[: len(start) - self._closing_of(start) + 1]
        self.expect(")")
        return values

    def _each(self, name: str, low: int, high: int, read: Callable[[], bool]) -> list[bool]:
        """Read the same text for each value of a bound variable."""
        start, outer, results = list(self.tokens), dict(self.values), []
        for value in range(low, high + 1):
            self.tokens, self.values = list(start), {**outer, name: value}
            results.append(read())
        if low > high:
            self._skip()
        self.values = outer
        return results

    def _skip(self) -> None:
        """Leave out the rest of a quantified proposition: to its closing bracket, or to the end."""
        depth = 0
        while self.tokens and not (depth == 0 and self.peek() == ")"):
            depth += {"(": 1, ")": -1}.get(self.next(), 0)

    def _closing(self, opened: int = 0) -> int:
        """How many tokens ahead the bracket closes that opens here, or that is ``opened``."""
        depth = opened
        for ahead, token in enumerate(reversed(self.tokens), start=1):
            depth += {"(": 1, ")": -1}.get(token, 0)
            if depth == 0:
                return ahead
        raise AssertionError("a bracket that does not close")

    @staticmethod
    def _closing_of(tokens: list[str]) -> int:
        depth = 1
        for ahead, token in enumerate(reversed(tokens), start=1):
            depth += {"(": 1, ")": -1}.get(token, 0)
            if depth == 0:
                return ahead
        raise AssertionError("a bracket that does not close")

    def _holds_proposition(self, end: int) -> bool:
        inside, depth = self.tokens[-end + 1 : -1] if end > 2 else [], 0
        for token in reversed(inside):
            depth += {"(": 1, ")": -1}.get(token, 0)
            if depth == 0 and (token in RELATIONS or token in ("forall", "/\\", "->")):
                return True
        return False


def typed(value: Value, scope: str) -> Value:
    """The value, if it is of the kind that the place asks for."""
    if isinstance(value, int) != (scope == "Z"):
        raise IllTyped(f"{value!r} where {scope} is wanted")
    return value


def _sqrt(x: Value) -> Value:
    if x < 0:
        raise Undefined("a root of a negative number")
    return mpmath.sqrt(x)


def _ln(x: Value) -> Value:
    if x <= 0:
        raise Undefined("a logarithm of what is not positive")
    return mpmath.log(x)


FUNCTIONS: dict[str, tuple[str, Callable[..., Value]]] = {
    "IZR": ("Z", mpmath.mpf),
    "Int_part": ("R", lambda x: int(mpmath.floor(x))),
    "Rabs": ("R", abs),
    "Rmax": ("RR", max),
    "Rmin": ("RR", min),
    "Z.max": ("ZZ", max),
    "Z.min": ("ZZ", min),
    "cos": ("R", mpmath.cos),
    "cosh": ("R", mpmath.cosh),
    "exp": ("R", mpmath.exp),
    "ln": ("R", _ln),
    "sin": ("R", mpmath.sin),
    "sqrt": ("R", _sqrt),
}


def fraction(x: Fraction) -> Value:
    """A rational as a real of the reader."""
    return mpmath.mpf(x.numerator) / x.denominator
