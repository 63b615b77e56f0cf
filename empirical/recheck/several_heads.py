"""Models of several heads: one threshold for each head, in floats.

Head h gives ``N_h / Z_h``, sums over an input of weight times form and of weights. If each is above
its own threshold on every input, and the thresholds add up to at least nothing, the answer wins.
``N_h / Z_h > t`` says that a sum of weight times form less t is positive (``sums``). The thresholds
that are tried are the heads' least averages, each less an equal share of their sum; they are found
without any guarantee, and then shown to do.
"""

from collections.abc import Sequence

import numpy as np

from empirical.recheck.float_tables import Weights
from empirical.recheck.floats import Floats, down, up
from empirical.recheck.sums import Rows, exceptions, positive_by_length
from empirical.recheck.task import Domain

PASSES = 40
"""At most, to find a least average."""
MOST_PRODUCTS = 1 << 20
"""That are held at once."""


def positive_by_thresholds(
    weights: Sequence[Weights],
    forms: Sequence[Floats],
    answers: np.ndarray,
    domain: Domain,
    wanted: np.ndarray,
) -> np.ndarray:
    """At which lengths do thresholds show the answers of some rows?

    Args:
        weights: of each head.
        forms: of each head: what each token adds at least, rows × tokens.
        answers: of each row.
        domain: the inputs of the longest length.
        wanted: which lengths are meant, rows × lengths.

    Returns:
        Rows × lengths.
    """
    proved = np.zeros_like(wanted)
    left = wanted.copy()
    while left.any():
        rows = np.flatnonzero(left.any(axis=1))
        last = int(np.flatnonzero(left.any(axis=0)).max())
        mine = rows[left[rows, last]]
        some = [form[mine] for form in forms]
        thresholds = thresholds_at(weights, some, answers[mine], domain, last)
        positive = np.ones((mine.size, wanted.shape[1]), dtype=bool)
        for weight, form, threshold in zip(weights, some, thresholds, strict=True):
            lowered = weight.lowered(down(form - threshold[:, None]))
            positive &= positive_by_length(weight, Rows(lowered, answers[mine]), domain)
        proved[mine] |= positive & left[mine]
        left[mine] &= ~positive
        left[mine, last] = False  # what the best thresholds at a length do not show stays open
    return proved


def thresholds_at(
    weights: Sequence[Weights],
    forms: Sequence[Floats],
    answers: np.ndarray,
    domain: Domain,
    length: int,
) -> list[Floats]:
    """Thresholds that add up to at least nothing, one for each head and row.

    Args:
        weights: of each head.
        forms: of each head: rows × tokens.
        answers: of each row.
        domain: the inputs.
        length: at which the thresholds are best.
    """
    least = [
        _least_averages(weight.values[:length], form, answers, domain)
        for weight, form in zip(weights, forms, strict=True)
    ]
    share = sum(least) / len(least)
    others = [average - share for average in least[1:]]
    first = np.zeros(answers.size)
    for threshold in others:
        first = up(first - threshold)
    return [first, *others]


def _least_averages(table: Floats, forms: Floats, answers: np.ndarray, domain: Domain) -> Floats:
    """About the least average of forms over the inputs of each row, by Dinkelbach's method."""
    average, moved = np.zeros(answers.size), np.full(answers.size, True)
    for turn in range(PASSES):
        total, weight = _least_sum(table, forms - average[:, None], answers, domain)
        lower = average + total / weight
        moved = (lower < average) | (turn == 0)
        average = np.where(moved, lower, average)
        if not moved.any():
            break
    return average


def _least_sum(
    table: Floats, forms: Floats, answers: np.ndarray, domain: Domain
) -> tuple[Floats, Floats]:
    """The least sum of weight times form over the inputs of each row, and its weight."""
    least, weight = _least_terms(table, forms, domain)
    total, whole = least.sum(axis=1), weight.sum(axis=1)
    if not domain.places:
        return total, whole
    places = np.array([place for place in domain.places if place < len(table)], dtype=int)
    if not places.size:
        return np.full_like(total, np.inf), np.ones_like(whole)
    rows = np.arange(answers.size)
    own_weight = table[np.ix_(places, answers)].T
    own = own_weight * forms[rows, answers][:, None]
    best = (own - least[:, places]).argmin(axis=1)
    moved = own[rows, best] - least[rows, places[best]]
    return total + moved, whole + own_weight[rows, best] - weight[rows, places[best]]


def _least_terms(table: Floats, forms: Floats, domain: Domain) -> tuple[Floats, Floats]:
    """The least weight times form at each place, and the weight: rows × places."""
    length, rows = len(table), len(forms)
    everything = np.full((2, rows, length), np.nan)
    others = np.array(domain.others)
    step = max(1, MOST_PRODUCTS // (rows * max(others.size, 1)))
    for start in range(0, length if others.size else 0, step):
        block = slice(start, min(length, start + step))
        everything[:, :, block] = _least_of(table[block], forms, others)
    for place, tokens in exceptions(domain, length):
        everything[:, :, [place]] = _least_of(table[[place]], forms, np.array(tokens))
    least, weight = everything
    return least, weight


def _least_of(table: Floats, forms: Floats, tokens: np.ndarray) -> Floats:
    """Of some tokens at each place, the least weight times form and its weight."""
    weights = table[:, tokens]
    products = forms[:, None, tokens] * weights
    chosen = products.argmin(axis=2)
    least = np.take_along_axis(products, chosen[:, :, None], axis=2)[:, :, 0]
    return np.array([least, weights[np.arange(len(table)), chosen]])
