"""Several heads at many lengths at once: one threshold for each head.

If on every input head h's average of its forms is above ``t_h``, and ``Σ_h t_h ≥ 0``, the answer
wins. For a fixed threshold, ``Σ_j w_hj (V_h − t_h) > 0`` is a statement about one head, shown at
all lengths in one pass (``worst_case.sweep``); the best threshold at one length is the root of a
concave falling function.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int

from empirical.certificates.arithmetic.rounding import UNIT
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import Bounds, Forms, forms, quick_terms, sweep
from empirical.tasks.task import Domain

STEPS = 8
"""Passes that look for one threshold; each ends on the safe side of the root."""


def proved_by_thresholds(
    heads: Sequence[Tables],
    domain: Domain,
    answers: Int[np.ndarray, " pairs"],
    rivals: Int[np.ndarray, " pairs"],
    longest: int,
) -> tuple[Bool[np.ndarray, "pairs lengths"], Float64[np.ndarray, " pairs"]]:
    """Pairs of answer and rival whose logits are in order on every input.

    Args:
        heads: the tables of the domain's query.
        domain: what may stand where.
        answers: right classes.
        rivals: other classes.
        longest: the last length, at which the thresholds are best.

    Returns:
        Whether thresholds prove each pair at each length from 2; and the sum of the heads' least
        averages at the last, lower where a pair is worse. Out of the tables' range none is proved,
        and the sums are zero.
    """
    if not all(head.in_range for head in heads):
        return np.zeros((answers.size, longest - 1), dtype=bool), np.zeros(answers.size)
    directions = np.sum([head.slants[answers] + head.slants[rivals] for head in heads], axis=0)
    forms_of_heads = [forms(head, answers, rivals, directions) for head in heads]
    least = np.stack(
        [_least(h, domain, f, longest) for h, f in zip(heads, forms_of_heads, strict=True)]
    )
    surplus, size = least.sum(axis=0), np.abs(least).sum(axis=0)
    proved = np.ones((answers.size, longest - 1), dtype=bool)
    for head, form, threshold in zip(heads, forms_of_heads, least, strict=True):
        # Shares of the surplus, rounded down: the thresholds' exact sum is not below zero.
        lowered = threshold - (surplus - 1e-12 * size) / len(heads)
        proved &= np.hstack(
            [bounds.least > bounds.error for bounds in _sweep(head, domain, form, lowered, longest)]
        )
    # What rounds by less than a part in 10¹² rounds so only where nothing underflows.
    return proved & ((surplus > 0) & (size > 2.0**-900))[:, None], surplus


def _sweep(
    head: Tables, domain: Domain, form: Forms, threshold: Float64[np.ndarray, " pairs"], last: int
) -> Iterator[Bounds]:
    values = form.values - threshold[:, None]
    error = form.error + 2 * UNIT * np.abs(values).max(axis=1)
    shifted = Forms(form.answers, form.rivals, values, error)
    return sweep(head, domain, shifted, last, quick_terms(values, domain.others))


def _least(
    head: Tables, domain: Domain, form: Forms, longest: int
) -> Float64[np.ndarray, " pairs"]:
    """A lower bound of each pair's least average at one length, by chords and halving in turn.

    A chord of a concave function lies below it, so that a chord's root is never above the root.
    """
    low, high = form.values.min(axis=1), form.values.max(axis=1)
    below = above = None
    for step in range(STEPS):
        middle = (low + high) / 2
        if above is not None and below is not None and step % 2:
            middle = low + (high - low) * np.clip(
                below / np.maximum(below - above, 2.0**-1000), 0, 1
            )
        for bounds in _sweep(head, domain, form, middle, longest):
            value = bounds.least[:, -1]
            safe = value > bounds.error[:, -1]
        below = np.where(safe, value, below if below is not None else 0.0)
        above = np.where(safe, above if above is not None else -np.abs(value), value)
        low, high = np.where(safe, middle, low), np.where(safe, high, middle)
    least: Float64[np.ndarray, " pairs"] = low
    return least
