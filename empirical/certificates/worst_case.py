"""The least logit difference over every input, at every length at once.

For a query, an answer a and a rival c, ``z_a − z_c`` has the sign of a sum of one term per
position (``empirical.certificates.tables``), once the norm in its bias term is replaced by a lower
bound that is a sum as well: where ``B < 0``, ``|Σ w_j τ_j| ≤ Σ w_j |τ_j|``; where ``B > 0``,
``|Σ w_j τ_j| ≥ Σ w_j ⟨ρ, τ_j⟩`` for any ρ of norm at most 1. The least value over a product of
choices is then the sum of the least values per position, and a longer input only adds terms.
Without biases nothing is lost: the bound is the minimum itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int

from empirical.certificates.rounding import EXP_ERROR, TINY, UNIT, exp
from empirical.certificates.tables import Tables
from empirical.tasks.task import Domain

BLOCK = 1 << 20
"""Numbers in one block of terms, pairs × distances: what bounds memory."""
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
    values = tables.linear.T[answers] - tables.linear.T[rivals]
    top = float(tables.norms.max())
    slanted = np.flatnonzero(bias > 0)
    if slanted.size and tables.slants.shape[1]:
        if directions is None:
            directions = tables.slants[answers] + tables.slants[rivals]
        rho = unit(directions[slanted])
        values[slanted] += bias[slanted, None] * (rho @ tables.slants.T)
    chord = np.flatnonzero(bias <= 0)
    values[chord] += bias[chord, None] * tables.norms
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


def sweep(tables: Tables, domain: Domain, pairs: Forms, longest: int) -> Iterator[Bounds]:
    """The least sum over every input, for lengths 2, 3, … in blocks, in one pass.

    A term errs by its form's error times its weight, plus the weight's relative error times the
    term; sums of n terms lose (n + 8)·u of the sum of their sizes. With ``F`` the largest form of
    a pair and ``W`` the sum over distances of the largest weight, three times
    ``W · (form error + F · (weight error + (n + 8)·u)) + n·F·tiny`` is above all of it: the sum,
    the answer's term, and the term it replaces.

    Args:
        tables: of the domain's query; places are distances.
        domain: what may stand where; its places grow with the length.
        pairs: the forms of all (answer, rival) pairs, each answer one of the domain's.
        longest: the last length.
    """
    size = np.abs(pairs.values).max(axis=1) + pairs.error
    relative = weight_error(tables)
    own = exp(tables.scores(0, 1))[0, domain.query]
    total, weight = own * pairs.values[:, domain.query], own
    swap = np.full(pairs.answers.size, np.inf)
    step = max(1, BLOCK // max(1, pairs.answers.size))
    for start in range(1, longest, step):
        stop = min(longest, start + step)
        weights = exp(tables.scores(start, stop))
        terms = least_terms(weights, pairs.values, domain.others)
        distances = np.arange(start, stop)
        open_places = (distances >= domain.distances.start) & (distances < domain.distances.stop)
        own_terms = (
            weights[:, pairs.answers].T
            * pairs.values[np.arange(pairs.answers.size), pairs.answers][:, None]
        )
        swaps = np.where(open_places, own_terms - terms, np.inf)
        swaps[:, 0] = np.minimum(swaps[:, 0], swap)
        np.minimum.accumulate(swaps, axis=1, out=swaps)
        terms[:, 0] += total
        sums = np.cumsum(terms, axis=1)
        heaviest = weight + np.cumsum(weights.max(axis=1))
        blur = relative + (distances + 9) * UNIT
        error = 3.3 * (
            heaviest * (pairs.error[:, None] + size[:, None] * blur)
            + size[:, None] * (distances + 1) * 64 * TINY
        )
        yield Bounds(start + 1, sums + swaps, error)
        total, swap, weight = sums[:, -1], swaps[:, -1], heaviest[-1]


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
