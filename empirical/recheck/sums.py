"""Least sums over all inputs, in floats, at every length at once.

An input holds the query at place 0, the answer at one of some places, and one of some tokens
anywhere else. A sum over its places of weight times form is least where each place holds the token
with the least term, and a longer input only adds terms: one pass from the query backwards finds the
least sum at every length. What stands at the first positions moves on with the length.
"""

import math
from collections.abc import Collection, Iterator
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
class Marks:
    """What each token adds instead at some places.

    Attributes:
        lowered: rows × tokens, as in ``Rows``.
        from_last: these places, by their distance from the last one.
        from_first: and these of the first positions of which the domain says what stands there.
        on_answer: and the place of the answer.
    """

    lowered: Floats
    from_last: Collection[int]
    from_first: Collection[int]
    on_answer: bool


@dataclass(frozen=True, eq=False)
class Rows:
    """What each token adds at least, per unit of weight, for several rows of the same query.

    Attributes:
        lowered: rows × tokens, less what rounding may cost (``Weights.lowered``).
        answers: the token that is the answer in each row.
        marks: where tokens add something else; none: nowhere.
    """

    lowered: Floats
    answers: np.ndarray
    marks: Marks | None = None

    def at(self, place: int) -> Floats:
        """Rows × tokens at a place that is neither the answer's nor one of the first positions."""
        marks = self.marks
        return self.lowered if marks is None or place not in marks.from_last else marks.lowered

    def at_first(self, position: int) -> Floats:
        """Rows × tokens at one of the first positions."""
        marks = self.marks
        return self.lowered if marks is None or position not in marks.from_first else marks.lowered

    def of_answer(self, place: int) -> Floats:
        """What the answer of each row adds at a place."""
        marks = self.marks
        forms = self.at(place) if marks is None or not marks.on_answer else marks.lowered
        own: Floats = np.take_along_axis(forms, self.answers[:, None], axis=1)[:, 0]
        return own


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
    positive = np.zeros((len(free), len(table) + 1), dtype=bool)
    too_small, first = unseen(rows), _at_first_positions(weights, rows, domain)
    asked = domain.places if isinstance(domain.places, range) else frozenset(domain.places)
    unplaced = table[0, domain.query] * rows.at(0)[:, domain.query]
    placed = np.full(len(free), np.inf)
    for place in range(len(table) - len(domain.from_first)):
        if place > 0:
            if place in domain.from_last or rows.at(place) is not rows.lowered:
                tokens = list(domain.from_last.get(place, domain.others))
                least = (rows.at(place)[:, tokens] * table[place, tokens]).min(axis=1)
            else:
                least = (free * table[place, others]).min(axis=1)
            placed = placed + least
            if place in asked:
                own = table[place, rows.answers] * rows.of_answer(place)
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
        forms = rows.at_first(position)
        terms = (forms[:, [t]] * table[lengths - 1 - position, t] for t in tokens)
        sums[:, lengths] += reduce(np.minimum, terms)
    return sums


def placements_left(weights: Weights, rows: Rows, domain: Domain, length: int) -> list[int | None]:
    """The places of the answer at which the sum of one row is not shown to be positive.

    Args:
        weights: places × tokens.
        rows: of one row, without marks.
        domain: the inputs of the length.
        length: tokens per input.

    Returns:
        Places; one that is none, where the answer has no place and the sum is not.
    """
    table, others = weights.values[:length], list(domain.others)
    (answer,), (row,) = rows.answers.tolist(), rows.lowered
    least = (table[:, others] * row[others]).min(axis=1)
    for place, tokens in exceptions(domain, length):
        least[place] = (table[place, tokens] * row[tokens]).min()
    if not domain.places:
        return [] if least.sum() > length * unseen(rows)[0] else [None]
    own = table[:, answer] * row[answer]
    nothing = np.zeros(1)
    before = np.concatenate([nothing, np.cumsum(least)[:-1]])
    after = np.concatenate([np.cumsum(least[::-1])[::-1][1:], nothing])
    positive = (before + own) + after > length * unseen(rows)[0]
    return [place for place in domain.places if not positive[place]]


def exceptions(domain: Domain, length: int) -> Iterator[tuple[int, list[int]]]:
    """The places of inputs of a length at which other tokens stand than anywhere else."""
    yield 0, [domain.query]
    for place, tokens in domain.from_last.items():
        if place < length:
            yield place, list(tokens)
    for position, tokens in enumerate(domain.from_first):
        yield length - 1 - position, list(tokens)


def unseen(rows: Rows) -> Floats:
    """``UNSEEN`` of every row; not a number where forms are out of the range of floats."""
    everywhere = [rows.lowered] if rows.marks is None else [rows.lowered, rows.marks.lowered]
    top = np.abs(everywhere).max(axis=(0, 2))
    return np.where(top <= LARGEST, UNSEEN * (1 + top), np.nan)


def least_seen(forms: Floats) -> float:
    """``UNSEEN`` of some forms together; not a number where they are out of the range of floats."""
    top = float(np.abs(forms).max())
    return UNSEEN * (1 + top) if top <= LARGEST else math.nan
