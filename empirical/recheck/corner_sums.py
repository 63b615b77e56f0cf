"""Bounds of the leaves of proof trees, in floats.

At a corner of a box of ratios the bound of a leaf is a sum over places of the least, over the
tokens that may stand there, of ``Σ_h ρ_h w_h (f_h − s_h)``: ratio, weight, form and shift of each
head. What is not shown here is computed in balls (``trees``).
"""

from collections.abc import Sequence

import numpy as np
from flint import arb

from empirical.recheck.float_tables import Weights
from empirical.recheck.floats import EXP_TINY, UNIT, Floats, bounds_of, up
from empirical.recheck.sums import least_seen

FACTOR_ERROR = 2.0**-40
"""Relative error of a factor that is not zero, at most."""


def factors_at(
    weights: Sequence[Weights], own: Sequence[arb], corners: Sequence[tuple[float, ...]]
) -> Floats | None:
    """What the weights of each head count at corners, up to a common factor of each corner.

    A ratio speaks of weights in units of the query's own, at distance 0; the floats of a head are
    in units of its peak.

    Args:
        weights: of each head.
        own: the logit of the query at distance 0, by head.
        corners: ratios by head, not negative and not all zero.

    Returns:
        Corners × heads, none above 1, each to a part ``FACTOR_ERROR`` of itself, or zero where it
        is below ``EXP_TINY``; none if floats do not tell.
    """
    if not all(np.isfinite(weight.peak) for weight in weights):
        return None
    units = [(arb(weight.peak) - logit).exp() for weight, logit in zip(weights, own, strict=True)]
    rows = []
    for corner in corners:
        counted = [
            unit * ratio if ratio else arb(0) for unit, ratio in zip(units, corner, strict=True)
        ]
        top = max(counted, key=lambda factor: factor.mid())
        rows.append([factor / top for factor in counted])
    ends = bounds_of(rows)
    unseen = ends.high < EXP_TINY
    factors = np.where(unseen, 0.0, np.minimum(ends.low, 1.0))
    known = unseen | (up(ends.high - factors) <= FACTOR_ERROR * factors / 2)
    return factors if known.all() else None


def ends_of_shifts(multipliers: Sequence[float]) -> Floats:
    """At least what each head's forms are less: the shifts add up to nothing."""
    first = 0.0
    for multiplier in multipliers:
        first = up(first - multiplier)
    return np.array([first, *multipliers])


def positive_at_corners(
    weights: Sequence[Weights], forms: Floats, factors: Floats, piece: Sequence[tuple[int, ...]]
) -> bool:
    """Is the bound of a leaf positive at all corners?

    Args:
        weights: of each head.
        forms: at least the forms less their shifts, heads × tokens.
        factors: corners × heads, from ``factors_at``.
        piece: the tokens that may stand at each place; ``weights`` has as many places.
    """
    heads = len(weights)
    more = FACTOR_ERROR + heads * UNIT
    lowered = np.array(
        [weight.lowered(of_head, more) for weight, of_head in zip(weights, forms, strict=True)]
    )
    tables = np.array([weight.values for weight in weights]) * lowered[:, None]
    asked = np.zeros(tables.shape[1:], dtype=bool)
    for place, tokens in enumerate(piece):
        asked[place, list(tokens)] = True
    too_small = heads * len(piece) * least_seen(lowered)
    for corner in factors:
        terms = (corner[:, None, None] * tables).sum(axis=0)
        if not terms.min(axis=1, where=asked, initial=np.inf).sum() > too_small:
            return False
    return True
