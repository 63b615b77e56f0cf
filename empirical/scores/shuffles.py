"""Tests whether places, or contents, have a part in what a query attends to.

Contents are shuffled: each stands where another stood, and the logits that the query then gives are
computed. Where places have no part, the logits found at a place before and after say nothing of
each other, so the places of the latter may be exchanged; their agreement is compared with that
after such exchanges. Likewise the logits of a content, where contents have no part.

Every content moves, so a head of contents alone agrees a little worse by place than chance has it,
and the test errs on the side of finding nothing.
"""

import numpy as np
from jaxtyping import Float64, Int

from empirical.heads.tabled import QueriedHead

MOVES = 8
"""Shuffles of the contents whose logits are averaged."""
EXCHANGES = 199
"""Exchanges that are tried; the least p-value is one over one more."""


def shuffle_tests(
    head: QueriedHead, contents: Int[np.ndarray, " keys"], rng: np.random.Generator
) -> tuple[float, float]:
    """Returns the p-values that places have no part, and that contents have none.

    Args:
        head: a head whose window holds all positions.
        contents: at consecutive positions; the last is the query's own and is not moved. At least
            three.
        rng: draws shuffles and exchanges.
    """
    keys = len(contents) - 1
    query, distances = int(contents[-1]), np.arange(keys, 0, -1)
    own = head.at(query, contents[:-1], distances)
    order = rng.permutation(keys)
    by_place, by_content = np.zeros(keys), np.zeros(keys)
    for step in rng.permutation(np.arange(1, keys))[:MOVES]:
        moved = np.roll(order, -step)
        logits = head.at(query, contents[moved], distances[order])
        by_place[order] += logits
        by_content[moved] += logits
    exchanges = rng.permuted(np.tile(np.arange(keys), (EXCHANGES, 1)), axis=1)
    return _p_value(own, by_place, exchanges), _p_value(own, by_content, exchanges)


def _p_value(
    before: Float64[np.ndarray, " keys"],
    after: Float64[np.ndarray, " keys"],
    exchanges: Int[np.ndarray, "exchanges keys"],
) -> float:
    """The share of exchanges, that which changes nothing included, that agree as well."""
    centred = before - before.mean()
    permuted = after[exchanges] @ centred
    return float((1 + (permuted >= after @ centred).sum()) / (1 + len(exchanges)))
