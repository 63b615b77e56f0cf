"""The inputs of a domain as products of choices: one for each place of the answer."""

from collections.abc import Iterable, Iterator

import numpy as np
from jaxtyping import Bool, Float64

from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import (
    LOWEST,
    Allowed,
    Forms,
    Weights,
    least_terms,
    sum_error,
    weight_error,
)
from empirical.tasks.task import Domain


def open_places(domain: Domain, length: int) -> Bool[np.ndarray, " length"]:
    """Where the answer may stand, by distance."""
    places = np.arange(length)
    return (places >= domain.distances.start) & (places < domain.distances.stop)


def pieces(
    domain: Domain, answer: int, length: int, tokens: int, places: Iterable[int]
) -> Iterator[Allowed]:
    """The inputs of one length with the answer at each of some places, as products."""
    free = np.zeros((length, tokens), dtype=bool)
    free[1:, domain.others] = True
    free[0, domain.query] = True
    for place in places:
        piece = free.copy()
        piece[place] = False
        piece[place, answer] = True
        yield piece


def parts_at(piece: Allowed, place: int) -> Iterator[Allowed]:
    """One part of a product for each token that may stand at a place."""
    for token in np.flatnonzero(piece[place]).tolist():
        part = piece.copy()
        part[place] = False
        part[place, token] = True
        yield part


def bounds_by_place(
    tables: Tables, domain: Domain, pair: Forms, length: int
) -> tuple[Float64[np.ndarray, " length"], float]:
    """The bound of one pair with the answer at each place, and how far each may be off.

    Args:
        tables: of the domain's query.
        domain: what may stand where.
        pair: the forms of one answer and rival.
        length: tokens per input.

    Returns:
        Bounds, infinite where the answer may not stand; out of the tables' range all others are 0,
        with an infinite error.
    """
    possible = open_places(domain, length)
    if not tables.in_range:
        return np.where(possible, 0.0, np.inf), np.inf
    answer, values = int(pair.answers[0]), pair.values[0]
    parts = Weights.of(tables, 0, length)
    choices = np.zeros(parts.mantissas.shape, dtype=bool)
    choices[1:, domain.others] = True
    choices[:, answer] |= possible
    choices[0] = False
    choices[0, domain.query] = True
    top = parts.top(choices)
    weights = parts.over(LOWEST if top is None else top)
    terms = least_terms(weights, pair.values, domain.others)[0]
    terms[0] = weights[0, domain.query] * values[domain.query]
    own = weights[:, answer] * values[answer]
    bounds = np.where(possible, terms.sum() + own - terms, np.inf)
    heaviest = float(np.where(choices, weights, 0.0).max(axis=1).sum())
    error = float(pair.error[0])
    size = float(np.abs(values).max()) + error
    return bounds, float(sum_error(heaviest, size, error, weight_error(tables), length + 1))


def open_pieces(tables: Tables, domain: Domain, pair: Forms, length: int) -> Iterator[Allowed]:
    """The pieces of one pair that its bounds do not prove, worst first."""
    bounds, error = bounds_by_place(tables, domain, pair, length)
    left = open_places(domain, length) & ~(bounds > error)
    order = [place for place in np.argsort(bounds).tolist() if left[place]]
    return pieces(domain, int(pair.answers[0]), length, tables.linear.shape[0], order)
