"""Terms as functions to FLINT's balls: each is translated once, and called at many points.

A point gives a ball for every real and an integer for every integer symbol. Sums, minima and means
over integer ranges are computed term by term, and never written out.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, reduce
from math import ceil, floor
from operator import add, mul

import sympy as sp
from flint import arb, fmpq
from sympy.concrete.expr_with_limits import ExprWithLimits

from theory.behaviour import MeanOverPermutations
from theory.binders import Least

Point = Mapping[sp.Expr, arb]
Integers = Mapping[sp.Symbol, int]
Ball = Callable[[Point, Integers], arb]
Exact = Callable[[Integers], Fraction]
Ranges = Callable[[Integers], Iterator[Integers]]

_METHODS = {
    sp.cos: "cos",
    sp.sin: "sin",
    sp.exp: "exp",
    sp.log: "log",
    sp.cosh: "cosh",
    sp.Abs: "__abs__",
}


@cache
def compiled(e: sp.Basic) -> Ball:
    """The function that evaluates a term; rationals enter it exactly, floats not at all.

    Raises:
        NotImplementedError: If a node has no translation.
    """
    match e:
        case sp.Rational():
            value = fmpq(int(e.p), int(e.q))
            return lambda at, integers: arb(value)
        case sp.Symbol():
            return lambda at, integers: arb(integers[e]) if e in integers else at[e]
        case sp.Indexed():
            return _member(e)
        case sp.pi:
            return lambda at, integers: arb.pi()
        case sp.Add():
            return _folded(add, e.args)
        case sp.Mul():
            return _folded(mul, e.args)
        case sp.Min():
            return _folded(arb.min, e.args)
        case sp.Max():
            return _folded(arb.max, e.args)
        case sp.Pow():
            return _power(e)
        case sp.cos() | sp.sin() | sp.exp() | sp.log() | sp.cosh() | sp.Abs():
            inside, method = compiled(e.args[0]), _METHODS[type(e)]
            return lambda at, integers: getattr(inside(at, integers), method)()
        case sp.Mod() | sp.floor() | sp.ceiling():
            number = exact(e)
            return lambda at, integers: arb(int(number(integers)))
        case sp.Sum():
            return _sum(e)
        case Least():
            return _least(e)
        case MeanOverPermutations():
            return _mean_over_orders(e)
    raise NotImplementedError(f"no ball for {type(e).__name__}: {e}")


@cache
def exact(e: sp.Basic) -> Exact:
    """The function that evaluates a term in integer symbols alone, to a fraction.

    Raises:
        NotImplementedError: If a node has no translation.
    """
    match e:
        case sp.Rational():
            value = Fraction(int(e.p), int(e.q))
            return lambda integers: value
        case sp.Symbol() if e.is_integer:
            return lambda integers: Fraction(integers[e])
        case sp.Add() | sp.Mul() | sp.Min() | sp.Max():
            parts, fold = [exact(part) for part in e.args], _FOLDS[type(e)]
            return lambda integers: reduce(fold, (part(integers) for part in parts))
        case sp.Pow() if e.exp.is_integer:
            base, exponent = map(exact, e.args)
            return lambda integers: base(integers) ** int(exponent(integers))
        case sp.Mod() | sp.floor() | sp.ceiling():
            parts, step = [exact(part) for part in e.args], _STEPS[type(e)]
            return lambda integers: Fraction(step(*(part(integers) for part in parts)))
    raise NotImplementedError(f"no exact number for {type(e).__name__}: {e}")


_FOLDS: Mapping[type, Callable[[Fraction, Fraction], Fraction]] = {
    sp.Add: add,
    sp.Mul: mul,
    sp.Min: min,
    sp.Max: max,
}
_STEPS: Mapping[type, Callable[..., Fraction | int]] = {
    sp.Mod: lambda dividend, divisor: dividend % divisor,
    sp.floor: floor,
    sp.ceiling: ceil,
}


def free_reals(e: sp.Basic, integers: Integers) -> Iterator[sp.Expr]:
    """The reals that a term reads where its integer symbols have these values, some repeatedly."""
    match e:
        case sp.Indexed():
            yield e.base[tuple(int(exact(index)(integers)) for index in e.indices)]
        case sp.Symbol():
            if e not in integers:
                yield e
        case ExprWithLimits() if e.has(sp.Indexed):
            for inner in _ranges(e)(integers):
                yield from free_reals(e.function, inner)
        case ExprWithLimits():
            yield from (x for x in e.free_symbols if x not in integers)
        case _:
            for part in e.args:
                yield from free_reals(part, integers)


def _member(e: sp.Indexed) -> Ball:
    indices = [exact(index) for index in e.indices]
    symbols = tuple(set[sp.Symbol]().union(*(index.free_symbols for index in e.indices)))
    known: dict[tuple[int, ...], sp.Expr] = {}

    def ball(at: Point, integers: Integers) -> arb:
        place = tuple(integers[symbol] for symbol in symbols)
        if place not in known:
            known[place] = e.base[tuple(int(index(integers)) for index in indices)]
        return at[known[place]]

    return ball


def _folded(fold: Callable[[arb, arb], arb], terms: Sequence[sp.Basic]) -> Ball:
    parts = [compiled(term) for term in terms]
    return lambda at, integers: reduce(fold, (part(at, integers) for part in parts))


def _power(e: sp.Pow) -> Ball:
    base = compiled(e.base)
    if e.exp.is_Rational and abs(e.exp) == sp.S.Half:
        if e.exp > 0:
            return lambda at, integers: base(at, integers).sqrt()
        return lambda at, integers: 1 / base(at, integers).sqrt()
    exponent = exact(e.exp)

    def ball(at: Point, integers: Integers) -> arb:
        n = exponent(integers)
        if n.denominator != 1:
            raise NotImplementedError(f"no ball for the power {n} of {e.base}")
        power = _integer_power(base(at, integers), abs(int(n)))
        return power if n >= 0 else 1 / power

    return ball


def _integer_power(ball: arb, n: int) -> arb:
    """FLINT's own gives no answer for a ball around zero."""
    power = reduce(mul, [ball] * n, arb(1))
    return arb.max(power, arb(0)) if n % 2 == 0 else power


def _ranges(e: ExprWithLimits) -> Ranges:
    """All values of the bound integers; SymPy's last limit is the outermost."""
    (index, low, high), inner = e.limits[-1], e.limits[:-1]
    ends = exact(sp.sympify(low)), exact(sp.sympify(high))
    within = _ranges(e.func(e.function, *inner)) if inner else None

    def values(integers: Integers) -> Iterator[Integers]:
        first, last = (int(end(integers)) for end in ends)
        for value in range(first, last + 1):
            here = {**integers, index: value}
            if within is None:
                yield here
            else:
                yield from within(here)

    return values


def _sum(e: sp.Sum) -> Ball:
    inside, ranges = compiled(e.function), _ranges(e)
    return lambda at, integers: reduce(add, (inside(at, here) for here in ranges(integers)), arb(0))


def _least(e: Least) -> Ball:
    inside, ranges = compiled(e.function), _ranges(e)

    def ball(at: Point, integers: Integers) -> arb:
        values = [inside(at, here) for here in ranges(integers)]
        if not values:
            raise NotImplementedError(f"no ball for the least of nothing: {e}")
        return reduce(arb.min, values)

    return ball


def _mean_over_orders(e: MeanOverPermutations) -> Ball:
    (content, _, size), (position, _, _) = e.limits
    inside, count = compiled(e.function), exact(size)

    def ball(at: Point, integers: Integers) -> arb:
        places = range(1, int(count(integers)) + 1)
        orders = list(itertools.permutations(places))
        terms = (
            inside(at, {**integers, content: k, position: j})
            for order in orders
            for k, j in zip(order, places, strict=True)
        )
        return reduce(add, terms, arb(0)) / (len(orders) * len(places))

    return ball
