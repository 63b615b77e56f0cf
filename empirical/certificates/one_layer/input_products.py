"""The inputs of a domain as products of choices: one for each place of the answer."""

from collections.abc import Iterable, Iterator

import numpy as np
from jaxtyping import Bool, Float64

from empirical.certificates.one_layer.branch_and_bound import Allowed
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import Forms, least_terms, weights_to
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


def placements(
    tables: Tables, domain: Domain, pair: Forms, length: int
) -> Float64[np.ndarray, " length"]:
    """The bound with the answer at each place, infinite where it may not stand."""
    weights = weights_to(tables, length)
    terms = least_terms(weights, pair.values, domain.others)[0]
    terms[0] = weights[0, domain.query] * pair.values[0, domain.query]
    own = weights[:, pair.answers[0]] * pair.values[0, pair.answers[0]]
    bounds: Float64[np.ndarray, " length"] = np.where(
        open_places(domain, length), terms.sum() + own - terms, np.inf
    )
    return bounds


def open_pieces(
    tables: Tables, domain: Domain, pair: Forms, length: int, error: float
) -> Iterator[Allowed]:
    """The pieces of one pair, worst first.

    Places whose bound is positive by more than twice ``error`` are left out: they are proved.
    """
    bounds = placements(tables, domain, pair, length)
    order = [place for place in np.argsort(bounds).tolist() if not bounds[place] > 2 * error]
    return pieces(domain, int(pair.answers[0]), length, tables.linear.shape[0], order)
