"""Bounds of attention scores, and of the weights that they make."""

import numpy as np
from jaxtyping import Bool, Float64

from empirical.certificates.multi_hop.forms import (
    ROUNDING,
    Array,
    LinearForms,
    exp_above,
    exp_below,
    raised,
    sum_above,
)
from empirical.certificates.multi_hop.states import Generic, States

Scores = Float64[np.ndarray, "queries distances tokens"]


def score_bounds(queries: States, keys: Generic, length: int) -> tuple[Scores, Scores]:
    """Lower and upper bounds of the scores of queries with any token at any distance.

    A score is ``q B k`` with ``q`` and ``k`` what query and key read. With their centres it is
    ``q̂ B k + (q − q̂) B k̂ + (q − q̂) B (k − k̂)``: the first two are linear, the last is at most the
    product of the lengths of both factors, which turning leaves alone.

    Args:
        queries: sets of streams of positions that ask.
        keys: any position, before the same layer.
        length: distances are 0 to below this.
    """
    layer, scale = queries.layer, float(queries.layer.key.shape[1]) ** -0.5
    asked = _turned(LinearForms.exact(queries.read_centre).times(layer.query), queries, length, 1)
    asked = asked.scaled(scale).times(layer.key.T)  # forms on what keys read
    offered = _turned(LinearForms.exact(keys.read_centre).times(layer.key), queries, length, -1)
    offered = offered.scaled(scale).times(layer.query.T)  # forms on what queries read
    query_spread = queries.read_spread(_rows(layer.query))
    key_spread = keys.read_spread(_rows(layer.key))
    both = raised(query_spread[:, None, None] * key_spread * scale)

    def highest(sign: int) -> Scores:
        of_key = keys.read(asked if sign > 0 else -asked)
        forms = offered if sign > 0 else -offered
        moved = sum_above(queries.read(forms), (-forms).highest(queries.read_centre))
        return sum_above(of_key, moved.transpose(2, 1, 0), both)

    return -highest(-1), highest(1)


def unnormalised_weights(
    low: Scores, high: Scores, possible: Bool[np.ndarray, "few tokens"]
) -> tuple[Scores, Scores]:
    """Bounds of attention weights before they are normalised, none of them above one.

    Args:
        low: lower bounds of scores.
        high: upper bounds of them.
        possible: which tokens can stand anywhere: a row per query, or one row.
    """
    high = np.where(possible[:, None], high, -np.inf)
    top = high.max(axis=(1, 2), keepdims=True)
    return exp_below(np.minimum(low - top, 0.0)), exp_above(high - top)


def _rows(matrix: Float64[np.ndarray, "rows columns"]) -> LinearForms:
    """A map of rows as a list of forms."""
    return LinearForms.exact(np.ascontiguousarray(matrix.T))


def _turned(rows: LinearForms, states: States, length: int, sign: int) -> LinearForms:
    """Rows turned by each distance, ``[rows, distances, dim]``: pairs ``2f``, ``2f + 1``."""
    planes = len(states.network.turns.angles)
    cos, sin = np.hsplit(states.network.turns.block(0, length), 2)
    sin = sign * sin
    values = np.repeat(rows.values[:, None], length, axis=1)
    even, odd = rows.values[:, None, : 2 * planes : 2], rows.values[:, None, 1 : 2 * planes : 2]
    values[..., : 2 * planes : 2] = even * cos - odd * sin
    values[..., 1 : 2 * planes : 2] = odd * cos + even * sin
    error: Array = raised(rows.error + ROUNDING * rows.size)
    return LinearForms(values, np.repeat(error[:, None], length, axis=1))
