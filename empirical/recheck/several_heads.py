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
from empirical.recheck.sums import Rows, positive_by_length
from empirical.recheck.task import Domain

PASSES = 40
"""At most, to find a least average."""


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
    rows, choices = np.arange(answers.size), domain.choices(len(table))
    free, own_forms = np.ascontiguousarray(forms[:, list(domain.others)]), forms[rows, answers]
    unplaced = table[0, domain.query] * forms[:, domain.query]
    unplaced_weight = np.full(answers.size, table[0, domain.query])
    placed, placed_weight = np.full(answers.size, np.inf), np.ones(answers.size)
    for place in range(1, len(table)):
        allowed = np.array(choices[place])
        mine = free if choices[place] is domain.others else forms[:, allowed]
        products = mine * table[place, allowed]
        chosen = products.argmin(axis=1)
        least, weight = products[rows, chosen], table[place, allowed[chosen]]
        placed, placed_weight = placed + least, placed_weight + weight
        if place in domain.places:
            own = table[place, answers]
            here = unplaced + own * own_forms
            better = here < placed
            placed = np.where(better, here, placed)
            placed_weight = np.where(better, unplaced_weight + own, placed_weight)
        unplaced, unplaced_weight = unplaced + least, unplaced_weight + weight
    return (placed, placed_weight) if domain.places else (unplaced, unplaced_weight)
