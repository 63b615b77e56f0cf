"""Sentences close to a given one, made by machine; most are false.

A proof that is about its sentence must fail on those that are. Which are false is not known here: a
counterexample says so of one, and a proof of another says that the sentence can be sharpened.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

import sympy as sp
from sympy.core.relational import Relational

from theory.claim import Claim, ForEach
from theory.kernel.terms import is_integer

SMALL = sp.Rational(1, 1000)
SPARED = 6
"""How many of the least sizes an added term spares."""


def made(claim: Claim) -> dict[str, Claim]:
    """The neighbours of a sentence, by what was changed in it.

    Each hypothesis is dropped or weakened, the conclusion is strengthened, each constant of the
    conclusion is changed, and a term is added that vanishes for the least sizes.
    """
    neighbours: dict[str, Claim] = {}
    seen = [claim]
    for label, neighbour in _changes(replace(claim, reduction=None)):
        if not any(neighbour.says(other) for other in seen):
            seen.append(neighbour)
            neighbours[_unused(label, neighbours)] = neighbour
    return neighbours


def _unused(label: str, used: Mapping[str, Claim]) -> str:
    again = (f"{label} ({count})" for count in itertools.count(2))
    return next(name for name in itertools.chain([label], again) if name not in used)


def _changes(claim: Claim) -> Iterator[tuple[str, Claim]]:
    for place, hypothesis in enumerate(claim.given):
        before, after = claim.given[:place], claim.given[place + 1 :]
        yield f"without {_shown(hypothesis)}", replace(claim, given=(*before, *after))
        for weaker in _weakened(hypothesis):
            given = (*before, weaker, *after)
            yield f"{_shown(weaker)} for {_shown(hypothesis)}", replace(claim, given=given)
    for label, conclusion in _strengthened(claim):
        if isinstance(conclusion, Relational):
            yield label, replace(claim, conclusion=conclusion)


def _shown(hypothesis: sp.Basic | ForEach) -> str:
    if isinstance(hypothesis, ForEach):
        ends = f"{hypothesis.low}..{hypothesis.high}"
        return f"{hypothesis.relation} for {hypothesis.index} in {ends}"
    return str(hypothesis)


def _weakened(hypothesis: sp.Basic | ForEach) -> Iterator[sp.Basic | ForEach]:
    if isinstance(hypothesis, ForEach):
        yield replace(hypothesis, low=hypothesis.low + 1)
        yield replace(hypothesis, high=hypothesis.high - 1)
        for weaker in _weakened(hypothesis.relation):
            yield replace(hypothesis, relation=weaker)
        return
    step = sp.S.One if all(map(is_integer, hypothesis.args)) else SMALL
    left, right = hypothesis.args
    match hypothesis:
        case sp.Eq():
            yield sp.Eq(left, right + step, evaluate=False)
        case sp.StrictGreaterThan():
            yield sp.Ge(left, right, evaluate=False)
        case sp.StrictLessThan():
            yield sp.Le(left, right, evaluate=False)
        case sp.GreaterThan():
            yield sp.Ge(left, right - step, evaluate=False)
        case sp.LessThan():
            yield sp.Le(left, right + step, evaluate=False)


def _strengthened(claim: Claim) -> Iterator[tuple[str, Relational]]:
    conclusion = claim.conclusion
    if isinstance(conclusion, sp.GreaterThan | sp.LessThan):
        yield "strictly", sp.Gt(conclusion.gts, conclusion.lts, evaluate=False)
    yield f"by {SMALL} more", _with_more(conclusion, SMALL)
    for size in claim.sizes:
        least = _least(claim, size)
        values = range(least, least + SPARED)
        term = sp.Mul(*(size - value for value in values))
        label = f"with a term that vanishes for {size} in {least}..{least + SPARED - 1}"
        yield label, _with_more(conclusion, term)
    for place, side in enumerate(conclusion.args):
        for label, changed in _changed(side):
            sides = [changed if i == place else other for i, other in enumerate(conclusion.args)]
            yield label, conclusion.func(*sides, evaluate=False)


def _with_more(conclusion: Relational, more: sp.Expr) -> Relational:
    """The same equation or inequality, of which more is asked."""
    match conclusion:
        case sp.Eq(lhs=left, rhs=right):
            return sp.Eq(left, right + more, evaluate=False)
        case sp.StrictGreaterThan() | sp.StrictLessThan():
            return sp.Gt(conclusion.gts, conclusion.lts + _positive(more), evaluate=False)
    return sp.Ge(conclusion.gts, conclusion.lts + _positive(more), evaluate=False)


def _positive(more: sp.Expr) -> sp.Expr:
    return more if more.is_number else more**2


def _least(claim: Claim, size: sp.Symbol) -> int:
    """The least value that a hypothesis gives to a size, or 1."""
    bounds = [
        int(g.rhs)
        for g in claim.given
        if isinstance(g, sp.GreaterThan) and g.lhs == size and g.rhs.is_Integer
    ]
    return max(bounds, default=1)


def _changed(e: sp.Basic) -> Iterator[tuple[str, sp.Basic]]:
    """The term with one constant changed, for each place where one stands."""
    if isinstance(e, sp.Rational):
        for other in _others(e):
            yield f"{other} for {e}", other
        return
    if isinstance(e, sp.Symbol | sp.Indexed):
        return
    for place, part in enumerate(e.args):
        for label, changed in _changed(part):
            parts = [changed if i == place else other for i, other in enumerate(e.args)]
            try:
                rebuilt = e.func(*parts)
            except (TypeError, ValueError):
                continue
            if not rebuilt.has(sp.zoo, sp.nan, sp.oo):
                within = "" if " in " in label else f" in {_abridged(e)}"
                yield f"{label}{within}", rebuilt


def _others(constant: sp.Rational) -> tuple[sp.Rational, ...]:
    if constant == -1:
        return (sp.S.One,)
    if isinstance(constant, sp.Integer):
        return (constant + 1, constant - 1)
    return (constant * sp.Rational(11, 10), constant * sp.Rational(9, 10))


def _abridged(e: sp.Basic) -> str:
    text = str(e)
    return text if len(text) <= 40 else f"{text[:40]}…"
