"""The least logit difference over every input, at every length at once.

For a query, an answer a and a rival c, ``z_a − z_c`` has the sign of a sum of one term per
position (``one_layer.tables``), once the norm in its bias term is replaced by a lower bound that is
a sum as well: where ``B < 0``, ``|Σ w_j τ_j| ≤ Σ w_j |τ_j|``; where ``B > 0``, ``|Σ w_j τ_j| ≥ Σ
w_j ⟨ρ, τ_j⟩`` for any ρ of norm at most 1. The least value over a product of choices is then
the sum of the least values per position, and a longer input only adds terms.
Without biases nothing is lost: the bound is the minimum itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int

from empirical.certificates.arithmetic.rounding import EXP_ERROR, TINY, UNIT, exp
from empirical.certificates.one_layer.tables import Tables
from empirical.tasks.task import Domain

BLOCK = 1 << 20
"""Numbers in one block of terms or weights, pairs or tokens × distances: what bounds memory."""
FIRST = 64
"""Distances in the first block."""
INSIDE = 1 - 2.0**-40
"""Shrinks a rounded unit vector so that its norm is at most 1."""


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
    cost at most 6u of the sizes involved, its entries their own errors.

    Args:
        tables: of one query.
        answers: the right classes.
        rivals: the other classes.
        directions: for ``B > 0``, where the bound touches the norm, at any length; by default the
            stream that answer and rival make at equal weight (the classes' own tokens).
    """
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
        rho = unit(directions[slanted])
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


def unit(rows: Float64[np.ndarray, "rows slant"]) -> Float64[np.ndarray, "rows slant"]:
    """Rows scaled to a norm a little below 1; a row of zeros stays."""
    norms = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    scaled: Float64[np.ndarray, "rows slant"] = rows * (INSIDE / np.maximum(norms, 1e-300))
    return scaled


def weight_error(tables: Tables) -> float:
    """Relative error of the exponential of a score."""
    return 1.1 * (tables.score_error + EXP_ERROR)


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
    largest, three times ``W · (form error + F · (weight error + (n + 8)·u)) + n·F·tiny`` is above
    all of it: the sum, the answer's term, and the term it replaces.

    Args:
        tables: of the domain's query; places are distances.
        domain: what may stand where; its places grow with the length.
        pairs: the forms of all (answer, rival) pairs, each answer one of the domain's.
        longest: the last length.
        terms_of: what bounds the terms of the pairs; by default ``least_terms``, exactly.
    """
    terms_of = terms_of or partial(least_terms, values=pairs.values, admissible=domain.others)
    size = np.abs(pairs.values).max(axis=1) + pairs.error
    relative = weight_error(tables)
    own = exp(tables.scores(0, 1))[0, domain.query]
    total, weight = own * pairs.values[:, domain.query], own
    own_values = pairs.values[np.arange(pairs.answers.size), pairs.answers]
    swap, placed = np.full(pairs.answers.size, np.inf), np.zeros(pairs.answers.size)
    step = max(1, BLOCK // max(pairs.answers.size, tables.linear.shape[0]))
    start = stop = 1
    while stop < longest:
        # Blocks grow, so that a search that ends early has not looked far beyond its end.
        start, stop = stop, min(longest, stop + min(step, max(FIRST, stop)))
        weights = exp(tables.scores(start, stop))
        terms = terms_of(weights)
        distances = np.arange(start, stop)
        open_places = (distances >= domain.distances.start) & (distances < domain.distances.stop)
        swaps = np.repeat(swap[:, None], distances.size, axis=1)
        heaviest = placed[:, None]
        if open_places.any():
            own_weights = weights.T[pairs.answers]
            heaviest = np.where(open_places, own_weights, 0.0)
            heaviest[:, 0] = np.maximum(heaviest[:, 0], placed)
            np.maximum.accumulate(heaviest, axis=1, out=heaviest)
            own_weights *= own_values[:, None]
            np.subtract(own_weights, terms, out=swaps, where=open_places)
            swaps[:, 0] = np.minimum(swaps[:, 0], swap)
            np.minimum.accumulate(swaps, axis=1, out=swaps)
        terms[:, 0] += total
        sums = np.cumsum(terms, axis=1)
        free = weight + np.cumsum(weights[:, domain.others].max(axis=1))
        placed = heaviest[:, -1]
        heaviest = free + heaviest
        blur = relative + (distances + 9) * UNIT
        error = 3.3 * (
            heaviest * (pairs.error[:, None] + size[:, None] * blur)
            + size[:, None] * (distances + 1) * 64 * TINY
        )
        yield Bounds(start + 1, sums + swaps, error)
        total, swap, weight = sums[:, -1], swaps[:, -1], free[-1]


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


def weights_to(tables: Tables, length: int) -> Float64[np.ndarray, "places tokens"]:
    """The weights of all places of an input, computed in blocks."""
    tokens = tables.linear.shape[0]
    weights, step = np.empty((length, tokens)), max(1, BLOCK // tokens)
    for start in range(0, length, step):
        stop = min(length, start + step)
        weights[start:stop] = exp(tables.scores(start, stop))
    return weights


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
