"""The least logit difference over every input, at every length at once.

For a query, an answer a and a rival c, ``z_a − z_c`` has the sign of a sum of one term per
position (``empirical.certificates.tables``), once the norm in its bias term is replaced by a lower
bound that is a sum as well: where ``B < 0``, ``|Σ w_j τ_j| ≤ Σ w_j |τ_j|``; where ``B > 0``,
``|Σ w_j τ_j| ≥ Σ w_j ⟨ρ, τ_j⟩`` for any ρ of norm at most 1. The least value over a product of
choices is then the sum of the least values per position, and a longer input only adds terms.
Without biases nothing is lost: the bound is the minimum itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int, Int32

from empirical.certificates.arithmetic.rounding import EXP_ERROR, TINY, UNIT, exp_parts, units
from empirical.certificates.one_layer.tables import Tables
from empirical.tasks.task import Domain

BLOCK = 1 << 20
"""Numbers in one block of terms or weights, pairs or tokens × distances: what bounds memory."""
FIRST = 64
"""Distances in the first block."""
UNDERFLOW = 2.0**-1060
"""Above what several products lose that are too small for floats."""
LOWEST = -(1 << 19)
"""Weights are in units of no smaller power of two: those that are too small to be known are below
2 to the power of twice this."""

Numbers: TypeAlias = Float64[np.ndarray, "..."] | float
Places: TypeAlias = Int[np.ndarray, "..."] | int
Allowed: TypeAlias = Bool[np.ndarray, "places tokens"]
"""A product of choices: which tokens may stand at each place."""


@dataclass(frozen=True, eq=False)
class Forms:
    """One number per pair and token: what a token adds to the sum, per unit of weight.

    Attributes:
        answers: the right class of each pair.
        rivals: the other class of each pair.
        values: the form of each pair on each token, the lower bound of its bias term included.
        error: no value of a pair is further than this from a true lower bound of this kind.
    """

    answers: Int[np.ndarray, " pairs"]
    rivals: Int[np.ndarray, " pairs"]
    values: Float64[np.ndarray, "pairs tokens"]
    error: Float64[np.ndarray, " pairs"]

    def only(self, kept: Bool[np.ndarray, " pairs"]) -> "Forms":
        """These pairs alone."""
        return Forms(self.answers[kept], self.rivals[kept], self.values[kept], self.error[kept])


def forms(
    tables: Tables,
    answers: Int[np.ndarray, " pairs"],
    rivals: Int[np.ndarray, " pairs"],
    directions: Float64[np.ndarray, "pairs slant"] | None = None,
) -> Forms:
    """The form of each pair of classes on every token.

    Rounding: a value is a difference of two table entries plus a product; its four operations
    cost at most 6u of the sizes involved, its entries their own errors. Out of the tables' range
    nothing is known: values are zero and the errors infinite.

    Args:
        tables: of one query.
        answers: the right classes.
        rivals: the other classes.
        directions: for ``B > 0``, where the bound touches the norm, at any length; by default the
            stream that answer and rival make at equal weight (the classes' own tokens).
    """
    if not tables.in_range:
        shape = answers.size, tables.linear.shape[0]
        return Forms(answers, rivals, np.zeros(shape), np.full(answers.size, np.inf))
    bias = tables.bias[answers] - tables.bias[rivals]
    bias_error = 2 * tables.bias_error + 2 * UNIT * np.abs(tables.bias).max()
    by_class = np.ascontiguousarray(tables.linear.T)
    values = by_class[answers]
    values -= by_class[rivals]
    top = float(tables.norms.max())
    slanted = np.flatnonzero(bias > 0)
    if slanted.size and tables.slants.shape[1]:
        if directions is None:
            directions = tables.slants[answers] + tables.slants[rivals]
        rho = units(directions[slanted])
        rho *= bias[slanted, None]
        values[slanted] += rho @ tables.slants.T
    values += np.minimum(bias, 0)[:, None] * tables.norms
    error = (
        2 * tables.linear_error
        + (np.abs(bias) + bias_error) * tables.slant_error
        + bias_error * top
        + 8 * UNIT * (2 * np.abs(tables.linear).max() + (np.abs(bias) + bias_error) * top)
    )
    return Forms(answers, rivals, values, 1.1 * error)


def weight_error(tables: Tables) -> float:
    """Relative error of the exponential of a score, in the tables' range."""
    return 1.1 * (tables.score_error + EXP_ERROR)


@dataclass(frozen=True, eq=False)
class Weights:
    """Exponentials of scores at consecutive places, each with its own power of two.

    So they can be had in units of the heaviest one that matters, however far below the largest
    score it lies.

    Attributes:
        mantissas: between 0.7 and 1.5, or zero where nothing but that is known.
        exponents: of the powers of two.
    """

    mantissas: Float64[np.ndarray, "places tokens"]
    exponents: Int32[np.ndarray, "places tokens"]

    @classmethod
    def of(cls, tables: Tables, start: int, stop: int) -> "Weights":
        """Those of the places from ``start`` to before ``stop``, computed in blocks.

        Raises:
            ValueError: the tables' scores are out of range.
        """
        tokens = tables.linear.shape[0]
        made = cls(
            np.empty((stop - start, tokens)), np.empty((stop - start, tokens), dtype=np.int32)
        )
        step = max(1, BLOCK // tokens)
        for first in range(start, stop, step):
            last = min(stop, first + step)
            here = slice(first - start, last - start)
            made.mantissas[here], made.exponents[here] = exp_parts(tables.scores(first, last))
        return made

    def top(self, piece: Allowed) -> int | None:
        """The largest power of two over a product of choices; none if it is below ``LOWEST``."""
        known = piece & (self.mantissas[: len(piece)] > 0)
        top = int(self.exponents[: len(piece)].max(where=known, initial=LOWEST))
        return top if top > LOWEST else None

    def over(self, top: int) -> Float64[np.ndarray, "places tokens"]:
        """The weights in units of a power of two; what is below 2⁻¹⁰⁷⁴ of it becomes zero.

        Tokens that weigh more, none of the piece whose unit it is, are taken to weigh as much.
        """
        above = np.minimum(self.exponents - np.int32(top), 0)
        weights: Float64[np.ndarray, "places tokens"] = np.ldexp(self.mantissas, above)
        return weights


@dataclass(frozen=True, eq=False)
class Bounds:
    """Lower bounds of the sums of all pairs, at consecutive lengths.

    Attributes:
        first: the length of the first column.
        least: bound of each pair at each length; infinite where no input exists.
        error: the bound minus this is certain.
    """

    first: int
    least: Float64[np.ndarray, "pairs lengths"]
    error: Float64[np.ndarray, "pairs lengths"]


Terms: TypeAlias = Callable[
    [Float64[np.ndarray, "places tokens"]], Float64[np.ndarray, "pairs places"]
]
"""From weights to a lower bound of each pair's least term at each place."""


def sweep(
    tables: Tables, domain: Domain, pairs: Forms, longest: int, terms_of: Terms | None = None
) -> Iterator[Bounds]:
    """The least sum over every input, for lengths 2, 3, … in blocks, in one pass.

    A term errs by its form's error times its weight, plus the weight's relative error times the
    term; sums of n terms lose (n + 8)·u of the sum of their sizes. With ``F`` the largest form of
    a pair and ``W`` the sum over distances of the largest admissible weight plus the answer's
    largest, three times ``W · (form error + F · (weight error + (n + 8)·u)) + n·(F·tiny + 2⁻¹⁰⁶⁰)``
    is above all of it: the sum, the answer's term, the term it replaces, and what underflows. Sums
    are in units of a power of two that grows with the largest weight so far. Out of the tables'
    range no bound is known.

    Args:
        tables: of the domain's query; places are distances.
        domain: what may stand where; its places grow with the length.
        pairs: the forms of all (answer, rival) pairs, each answer one of the domain's.
        longest: the last length.
        terms_of: what bounds the terms of the pairs; by default ``least_terms``, exactly.
    """
    step = max(1, BLOCK // max(pairs.answers.size, tables.linear.shape[0]))
    if not tables.in_range:
        yield from _unknown(domain, pairs.answers.size, longest, step)
        return
    terms_of = terms_of or partial(least_terms, values=pairs.values, admissible=domain.others)
    sums = _RunningSums(tables, domain, pairs)
    start = stop = 1
    while stop < longest:
        # Blocks grow, so that a search that ends early has not looked far beyond its end.
        start, stop = stop, min(longest, stop + min(step, max(FIRST, stop)))
        yield sums.advance(Weights.of(tables, start, stop), start, terms_of)


def _unknown(domain: Domain, pairs: int, longest: int, step: int) -> Iterator[Bounds]:
    """Bounds that say nothing but where there is an input, in blocks."""
    for first in range(2, longest + 1, step):
        lengths = np.arange(first, min(longest + 1, first + step))
        least = np.where(lengths > domain.distances.start, -np.inf, np.inf)
        yield Bounds(first, np.tile(least, (pairs, 1)), np.zeros((pairs, lengths.size)))


class _RunningSums:
    """What has been added up to some distance, for all pairs of one query.

    Attributes:
        top: sums and weights are in units of two to the power of this.
        total: the least sum of the free places, by pair.
        swap: the least that the answer's term at an open place adds over the free term there.
        heaviest: the sum of the largest admissible weights.
        heaviest_answer: the answer's largest weight at an open place, by pair.
    """

    def __init__(self, tables: Tables, domain: Domain, pairs: Forms) -> None:
        self.domain, self.pairs = domain, pairs
        self.relative = weight_error(tables)
        self.size = np.abs(pairs.values).max(axis=1) + pairs.error
        self.own_values = pairs.values[np.arange(pairs.answers.size), pairs.answers]
        first = Weights.of(tables, 0, 1)
        self.top = max(LOWEST, int(first.exponents[0, domain.query]))
        own = float(first.over(self.top)[0, domain.query])
        self.heaviest, self.total = own, own * pairs.values[:, domain.query]
        self.swap = np.full(pairs.answers.size, np.inf)
        self.heaviest_answer = np.zeros(pairs.answers.size)

    def advance(self, weights: Weights, start: int, terms_of: Terms) -> Bounds:
        """Go on over a block of distances; the bounds at the lengths that end there."""
        self._rescale(weights)
        block = weights.over(self.top)
        distances = np.arange(start, start + len(block))
        terms = terms_of(block)
        swaps, answers = self._swaps(block, terms, distances)
        terms[:, 0] += self.total
        sums = np.cumsum(terms, axis=1)
        heaviest = self.heaviest + np.cumsum(block[:, self.domain.others].max(axis=1))
        least, error = sums + swaps, self._error(heaviest + answers, distances)
        self.total, self.swap = sums[:, -1], swaps[:, -1]
        self.heaviest, self.heaviest_answer = float(heaviest[-1]), answers[:, -1]
        return Bounds(start + 1, least, error)

    def _rescale(self, weights: Weights) -> None:
        """Take the largest power of two so far for the unit."""
        tokens = np.union1d(self.domain.others, self.domain.answers)
        known = weights.mantissas[:, tokens] > 0
        exponents = weights.exponents[:, tokens]
        top = max(self.top, int(exponents.max(where=known, initial=self.top)))
        by, self.top = self.top - top, top
        self.total, self.swap = np.ldexp(self.total, by), np.ldexp(self.swap, by)
        self.heaviest = float(np.ldexp(self.heaviest, by))
        self.heaviest_answer = np.ldexp(self.heaviest_answer, by)

    def _swaps(
        self,
        block: Float64[np.ndarray, "places tokens"],
        terms: Float64[np.ndarray, "pairs places"],
        distances: Int[np.ndarray, " places"],
    ) -> tuple[Float64[np.ndarray, "pairs places"], Float64[np.ndarray, "pairs places"]]:
        """The least swap up to each distance, and the answer's largest weight."""
        swaps = np.repeat(self.swap[:, None], distances.size, axis=1)
        heaviest = np.repeat(self.heaviest_answer[:, None], distances.size, axis=1)
        places = self.domain.distances
        for_answer = (distances >= places.start) & (distances < places.stop)
        if for_answer.any():
            weights = block.T[self.pairs.answers]
            heaviest = np.maximum(heaviest, np.where(for_answer, weights, 0.0))
            added = weights * self.own_values[:, None] - terms
            swaps = np.minimum(swaps, np.where(for_answer, added, np.inf))
        return np.minimum.accumulate(swaps, axis=1), np.maximum.accumulate(heaviest, axis=1)

    def _error(
        self,
        heaviest: Float64[np.ndarray, "pairs places"],
        distances: Int[np.ndarray, " places"],
    ) -> Float64[np.ndarray, "pairs places"]:
        """How far each bound may be off."""
        columns = self.size[:, None], self.pairs.error[:, None]
        return sum_error(heaviest, *columns, self.relative, distances + 1)


def sum_error(
    heaviest: Numbers, size: Numbers, error: Numbers, relative: float, places: Places
) -> Float64[np.ndarray, "..."]:
    """How far a sum over places of weight times form may be off; see ``sweep``.

    Args:
        heaviest: the sum of the largest weights.
        size: the largest form, its error included.
        error: of a form.
        relative: error of a weight.
        places: how many.
    """
    blur = relative + (places + 8) * UNIT
    lost = heaviest * (error + size * blur) + places * (size * 64 * TINY + UNDERFLOW)
    return np.asarray(3.3 * lost)


def open_pairs(
    tables: Tables, domain: Domain, pairs: Forms, longest: int
) -> Iterator[tuple[range, Bool[np.ndarray, " pairs"]]]:
    """Runs of lengths, each twice as long as the last, with the pairs that need a closer look.

    All other pairs are settled at every length of the run: quick bounds are positive.
    """
    first, unsettled = 2, np.zeros(pairs.answers.size, dtype=bool)
    quick = quick_terms(pairs.values, domain.others)
    for bounds in sweep(tables, domain, pairs, longest, quick):
        unsettled |= ~(bounds.least > bounds.error).all(axis=1)
        last = bounds.first + bounds.least.shape[1] - 1
        if last >= 2 * first or last == longest:
            yield range(first, last + 1), unsettled
            first, unsettled = last + 1, np.zeros_like(unsettled)


def bounds_at(
    tables: Tables, domain: Domain, pairs: Forms, length: int
) -> tuple[Float64[np.ndarray, " pairs"], Float64[np.ndarray, " pairs"]]:
    """Lower bounds and errors at one length: quick ones where they are positive, else exact."""
    quick = quick_terms(pairs.values, domain.others)
    for bounds in sweep(tables, domain, pairs, length, quick):
        least, error = bounds.least[:, -1], bounds.error[:, -1]
    unsettled = ~(least > error)
    if unsettled.any():
        for bounds in sweep(tables, domain, pairs.only(unsettled), length):
            least[unsettled] = bounds.least[:, -1]
    return least, error


def least_terms(
    weights: Float64[np.ndarray, "places tokens"],
    values: Float64[np.ndarray, "pairs tokens"],
    admissible: Int[np.ndarray, " admissible"],
) -> Float64[np.ndarray, "pairs places"]:
    """``min over y of weight · value``, for each pair and place, without a third axis in memory."""
    least = np.full((values.shape[0], weights.shape[0]), np.inf)
    product = np.empty_like(least)
    for token in admissible.tolist():
        np.multiply(values[:, token, None], weights[:, token], out=product)
        np.minimum(least, product, out=least)
    return least


def quick_terms(
    values: Float64[np.ndarray, "pairs tokens"], admissible: Int[np.ndarray, " admissible"]
) -> Terms:
    """Terms that no ``least_terms`` is below, at the cost of two tokens however many there are.

    The token of least value counts as it is; every other token's product is at least the second
    least value times the largest weight at the place, or the smallest if that value is positive.
    """
    first = admissible[values[:, admissible].argmin(axis=1)]
    least = values[np.arange(first.size), first][:, None]
    others = values[:, admissible]
    second = np.partition(others, 1, axis=1)[:, 1:2] if admissible.size > 1 else least

    def terms(
        weights: Float64[np.ndarray, "places tokens"],
    ) -> Float64[np.ndarray, "pairs places"]:
        mine = weights.T[first]
        mine *= least
        seen = weights[:, admissible]
        rest = np.where(second < 0, second * seen.max(axis=1), second * seen.min(axis=1))
        bound: Float64[np.ndarray, "pairs places"] = np.minimum(mine, rest, out=mine)
        return bound

    return terms
