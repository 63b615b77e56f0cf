"""Attempts at refutation: Hypothesis searches for a counterexample, balls judge it.

A real drawn as a float is taken exactly and the sentence is evaluated in balls, so
no tolerance enters: a counterexample found here is one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import hypothesis
import sympy as sp
from flint import arb, ctx
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from sympy.core.relational import Relational

from theory.claim import Claim
from theory.engines import enclosure
from theory.engines.balls import free_reals
from theory.evidence import Evidence, Verdict
from theory.tightness import Ranges, Tightness

SAMPLES = 100
"""Of one search."""
THOROUGH = 1000
"""Of one that is expected to find something: of a hundred, now and then none does."""
_samples = ContextVar("samples", default=SAMPLES)
TRUSTS = (f"hypothesis {hypothesis.__version__}", *enclosure.TRUSTS)


@contextmanager
def thorough() -> Iterator[None]:
    """Searches draw ``THOROUGH`` samples, unless one of them is a counterexample before."""
    token = _samples.set(THOROUGH)
    try:
        yield
    finally:
        _samples.reset(token)


def search(
    claim: Claim,
    sizes: Ranges | None = None,
    tightest: Tightness | None = None,
    *,
    bound: int = 8,
) -> Evidence:
    """Search for a point where every hypothesis certainly holds and the conclusion fails.

    Args:
        claim: Any sentence.
        sizes: The range of each integer symbol, ends included; 1..8 where not given.
        tightest: Where the sentence is known to be closest to false: looked at first.
        bound: Reals that no hypothesis confines are drawn from [−bound, bound].
    """
    ranges = {n: (sizes or {}).get(n, (1, 8)) for n in claim.sizes}
    for point in tightest.points(claim, ranges) if tightest else ():
        if (evidence := enclosure.witness(claim, point)).verdict is Verdict.REFUTED:
            return evidence
    samples = _Samples(claim, ranges, bound)
    profile = settings(
        max_examples=_samples.get(),
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),  # a counterexample is enough; shrinking it takes minutes
        suppress_health_check=list(HealthCheck),
    )
    with ctx.workprec(enclosure.BITS):
        try:
            broken = find(samples.draws(), samples.breaks, settings=profile)
        except NoSuchExample:
            return Evidence(
                verdict=Verdict.SURVIVED if samples.met else Verdict.UNDECIDED,
                trusts=TRUSTS,
                of=claim,
                scope=_scope(profile.max_examples, ranges),
                detail="" if samples.met else "no sample met the hypotheses",
            )
        witness = samples.witness(broken)
    return Evidence(verdict=Verdict.REFUTED, trusts=TRUSTS, of=claim, witness=witness)


def _scope(samples: int, ranges: Ranges) -> str:
    sizes = (f", {n} in {low}..{high}" for n, (low, high) in ranges.items())
    return f"{samples} samples{''.join(sizes)}"


_Draw = tuple[tuple[int, ...], tuple[float, ...]]


class _Samples:
    """Points at which a sentence is tried; counts those that meet its hypotheses."""

    def __init__(self, claim: Claim, ranges: Ranges, bound: int) -> None:
        self._claim, self._ranges, self._bound = claim, ranges, bound
        self._recipes: dict[tuple[int, ...], _Recipe] = {}
        self._reals: dict[tuple[int, ...], st.SearchStrategy[_Draw]] = {}
        self.met = 0

    def draws(self) -> st.SearchStrategy[_Draw]:
        """Values of the integer symbols, and the floats of which the other variables are made."""
        sizes = (st.integers(*ends) for ends in self._ranges.values())
        return st.tuples(*sizes).flatmap(self._draws_at)

    def breaks(self, draw: _Draw) -> bool:
        """Whether the hypotheses certainly hold at a draw, and the conclusion fails."""
        values, reals = draw
        recipe = self._recipe(values)
        point = recipe.point(reals)
        if not all(enclosure.holds(hypothesis, point) for hypothesis in recipe.filters):
            return False
        self.met += 1
        return enclosure.fails(self._claim.conclusion, point, self._sizes(values))

    def witness(self, draw: _Draw) -> dict[str, str]:
        """The value of every variable at a draw, in words."""
        values, reals = draw
        sizes = {str(n): str(value) for n, value in self._sizes(values).items()}
        point = self._recipe(values).point(reals)
        return sizes | {str(x): ball.str(17) for x, ball in point.items()}

    def _sizes(self, values: tuple[int, ...]) -> dict[sp.Symbol, int]:
        return dict(zip(self._ranges, values, strict=True))

    def _recipe(self, values: tuple[int, ...]) -> "_Recipe":
        if values not in self._recipes:
            self._recipes[values] = _Recipe.of(self._claim, self._sizes(values), self._bound)
        return self._recipes[values]

    def _draws_at(self, values: tuple[int, ...]) -> st.SearchStrategy[_Draw]:
        if values not in self._reals:
            inputs = self._recipe(values).inputs(self._bound)
            self._reals[values] = st.tuples(st.just(values), st.tuples(*inputs))
        return self._reals[values]


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How to draw a point that meets the hypotheses, as far as they are solved for a variable.

    A variable between two bounds is an interpolation, one beyond a bound is the bound
    and a slack, one equal to something is that, whatever its bounds; all hypotheses but
    the equations that are solved filter.
    """

    variables: tuple[sp.Expr, ...]
    free: tuple[sp.Expr, ...]
    parameters: tuple[sp.Expr, ...]
    formulas: Mapping[sp.Expr, sp.Expr]
    filters: tuple[sp.Basic, ...]

    @classmethod
    def of(cls, claim: Claim, sizes: Mapping[sp.Symbol, int], bound: int) -> "_Recipe":
        """Solve what can be solved; a slack beyond one bound is at most ``bound``."""
        given = claim.given_at(sizes)
        variables = _variables(claim, given, sizes)
        lows: dict[sp.Expr, sp.Expr] = {}
        highs: dict[sp.Expr, sp.Expr] = {}
        equal: dict[sp.Expr, sp.Expr] = {}
        used: set[sp.Expr] = set()
        met: set[Relational] = set()
        for relation in given:
            for table, variable, other in _solved(relation, lows, highs, equal):
                fresh = variable in variables and variable not in table
                if fresh and variable not in equal and variable not in used | other.free_symbols:
                    table[variable] = other
                    used |= other.free_symbols
                    if table is equal:
                        met.add(relation)
                    break
        formulas: dict[sp.Expr, sp.Expr] = dict(equal)
        parameters = []
        for variable in dict.fromkeys([*lows, *highs]):
            if variable in equal:
                continue
            parameters.append(share := sp.Dummy(f"share of {variable}", real=True))
            match lows.get(variable), highs.get(variable):
                case (low, None):
                    formulas[variable] = low + bound * share
                case (None, high):
                    formulas[variable] = high - bound * share
                case (low, high):
                    formulas[variable] = low + share * (high - low)
        return cls(
            variables=variables,
            free=tuple(v for v in variables if v not in formulas),
            parameters=tuple(parameters),
            formulas=formulas,
            filters=tuple(g for g in given if g not in met),
        )

    def inputs(self, bound: int) -> list[st.SearchStrategy[float]]:
        """Strategies for the free variables, then for the parameters in [0, 1]."""
        reals = st.floats(-bound, bound, allow_nan=False)
        shares = st.floats(0, 1, allow_nan=False)
        return [reals] * len(self.free) + [shares] * len(self.parameters)

    def point(self, reals: tuple[float, ...]) -> dict[sp.Expr, arb]:
        """The value of every variable, in balls, in an order in which formulas can be read."""
        at = {x: arb(r) for x, r in zip((*self.free, *self.parameters), reals, strict=True)}
        waiting = dict(self.formulas)
        while waiting:
            ready = [x for x, f in waiting.items() if not f.free_symbols & waiting.keys()]
            for x in ready:
                at[x] = enclosure.to_arb(waiting.pop(x), at)
        return {x: at[x] for x in self.variables}


def _variables(
    claim: Claim, given: tuple[Relational, ...], sizes: Mapping[sp.Symbol, int]
) -> tuple[sp.Expr, ...]:
    """The reals of a sentence at the given sizes, in alphabetical order."""
    reals = {x for relation in given for x in free_reals(relation, {})}
    reals |= set(free_reals(claim.conclusion, sizes))
    return tuple(sorted(reals, key=str))


def _solved(
    relation: sp.Basic,
    lows: dict[sp.Expr, sp.Expr],
    highs: dict[sp.Expr, sp.Expr],
    equal: dict[sp.Expr, sp.Expr],
) -> Iterator[tuple[dict[sp.Expr, sp.Expr], sp.Expr, sp.Expr]]:
    if isinstance(relation, sp.Eq):
        yield equal, relation.lhs, relation.rhs
        yield equal, relation.rhs, relation.lhs
    else:
        yield lows, relation.gts, relation.lts
        yield highs, relation.lts, relation.gts
