"""Least sums over all inputs, in floats, at every length at once.

An input holds the query at place 0, the answer at one of some places, and one of some tokens
anywhere else. A sum over its places of weight times form is least where each place holds the token
with the least term, and a longer input only adds terms: one pass from the query backwards finds the
least sum at every length. What stands at the first positions moves on with the length.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np

from empirical.recheck.float_tables import Weights
from empirical.recheck.floats import LARGEST, Floats
from empirical.recheck.task import Domain

UNSEEN = 2.0**-990
"""At least what a term may be below its float because weight or product are too small for floats,
per unit of one more than the largest form."""


@dataclass(frozen=True, eq=False)
class Rows:
    """What each token adds at least, per unit of weight, for several rows of the same query.

    Attributes:
        lowered: rows × tokens, less what rounding may cost (``Weights.lowered``).
        answers: the token that is the answer in each row.
    """

    lowered: Floats
    answers: np.ndarray


def positive_by_length(weights: Weights, rows: Rows, domain: Domain) -> np.ndarray:
    """At which lengths is the sum of every input of a row positive?

    Args:
        weights: places × tokens.
        rows: of the rows.
        domain: the inputs of the longest length; ``weights`` has as many places.

    Returns:
        Rows × lengths from 0 to the longest; false where a row has no input.
    """
    table, others = weights.values, np.array(domain.others)
    free = np.ascontiguousarray(rows.lowered[:, others])
    own_forms = np.take_along_axis(rows.lowered, rows.answers[:, None], axis=1)[:, 0]
    positive = np.zeros((len(free), len(table) + 1), dtype=bool)
    too_small, first = unseen(rows), _at_first_positions(weights, rows, domain)
    asked = domain.places if isinstance(domain.places, range) else frozenset(domain.places)
    unplaced = table[0, domain.query] * rows.lowered[:, domain.query]
    placed = np.full(len(free), np.inf)
    for place in range(len(table) - len(domain.from_first)):
        if place > 0:
            least = (free * table[place, others]).min(axis=1)
            if place in domain.from_last:
                tokens = list(domain.from_last[place])
                least = (rows.lowered[:, tokens] * table[place, tokens]).min(axis=1)
            placed = placed + least
            if place in asked:
                own = table[place, rows.answers] * own_forms
                placed = np.minimum(placed, unplaced + own)
            unplaced = unplaced + least
        length = place + 1 + len(domain.from_first)
        if not asked:
            positive[:, length] = unplaced + first[:, length] > length * too_small
        elif place >= domain.places[0]:
            positive[:, length] = placed + first[:, length] > length * too_small
    return positive


def _at_first_positions(weights: Weights, rows: Rows, domain: Domain) -> Floats:
    """The least sum over the first positions, of which the domain says so, at every length.

    Returns:
        Rows × lengths from 0 to the longest; zero where the positions are more than the length.
    """
    table, positions = weights.values, len(domain.from_first)
    sums = np.zeros((len(rows.lowered), len(table) + 1))
    lengths = np.arange(positions + 1, len(table) + 1)
    for position, tokens in enumerate(domain.from_first):
        terms = (rows.lowered[:, [t]] * table[lengths - 1 - position, t] for t in tokens)
        sums[:, lengths] += reduce(np.minimum, terms)
    return sums


def placements_left(weights: Weights, rows: Rows, domain: Domain, length: int) -> list[int | None]:
    """The places of the answer at which the sum of one row is not shown to be positive.

    Args:
        weights: places × tokens.
        rows: of one row.
        domain: the inputs of the length.
        length: tokens per input.

    Returns:
        Places; one that is none, where the answer has no place and the sum is not.
    """
    table, others = weights.values[:length], list(domain.others)
    (answer,), (row,) = rows.answers.tolist(), rows.lowered
    least = (table[:, others] * row[others]).min(axis=1)
    for place, tokens in _exceptions(domain, length):
        least[place] = (table[place, tokens] * row[tokens]).min()
    if not domain.places:
        return [] if least.sum() > length * unseen(rows)[0] else [None]
    own = table[:, answer] * row[answer]
    nothing = np.zeros(1)
    before = np.concatenate([nothing, np.cumsum(least)[:-1]])
    after = np.concatenate([np.cumsum(least[::-1])[::-1][1:], nothing])
    positive = (before + own) + after > length * unseen(rows)[0]
    return [place for place in domain.places if not positive[place]]


def _exceptions(domain: Domain, length: int) -> Iterator[tuple[int, list[int]]]:
    """The places of inputs of a length at which other tokens stand than anywhere else."""
    yield 0, [domain.query]
    for place, tokens in domain.from_last.items():
        if place < length:
            yield place, list(tokens)
    for position, tokens in enumerate(domain.from_first):
        yield length - 1 - position, list(tokens)


def unseen(rows: Rows) -> Floats:
    """``UNSEEN`` of every row; not a number where forms are out of the range of floats."""
    top = np.abs(rows.lowered).max(axis=1)
    return np.where(top <= LARGEST, UNSEEN * (1 + top), np.nan)
