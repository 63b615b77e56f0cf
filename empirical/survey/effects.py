"""From losses with heads removed to what each head is good for, with intervals.

The loss on second copies is compared as a ratio of sums over runs of copies, and runs are what is
resampled, as losses within one depend on each other; in-context scores are compared prompt by
prompt. Intervals are bootstrap percentiles.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from empirical.heads.silenced import Way
from empirical.survey.interval import CONFIDENCE, RESAMPLES, SEED, Interval

CHOSEN = 16
"""Heads that are removed in every way, after all were set to zero."""
Place = tuple[int, int, int]
"""Length, layer and head."""


@dataclass(frozen=True)
class Effect:
    """What removing one head changes.

    Attributes:
        copies: loss on second copies without the head, in units of that with it.
        in_context: change of the in-context score, in nats; positive where the head helps.
        runs: runs of second copies that were looked at.
        prompts: prompts that were.
    """

    copies: Interval
    in_context: Interval
    runs: int
    prompts: int


def effects(records: Iterable[Mapping[str, Any]]) -> dict[Place, dict[Way, Effect]]:
    """The effect of each head and way, from the records of one checkpoint.

    Prompts without second copies are left out.
    """
    by_head: dict[Place, dict[Way, Effect]] = {}
    groups: dict[tuple[Place, Way], list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    for record in sorted(records, key=lambda record: int(record["prompt"])):
        if record["whole"]["copies"]:
            for row in record["removed"]:
                place = record["length"], row["layer"], row["head"]
                groups.setdefault((place, row["way"]), []).append((record["whole"], row["losses"]))
    for (place, way), pairs in sorted(groups.items()):
        by_head.setdefault(place, {})[way] = _effect(pairs)
    return by_head


def most_needed(records: Iterable[Mapping[str, Any]]) -> tuple[tuple[int, int], ...]:
    """Layer and head of those whose output second copies need most, at most ``CHOSEN``.

    Args:
        records: of units that set every head to zero.
    """
    by_head = effects(records)
    order = sorted(by_head, key=lambda place: -by_head[place]["zero"].copies.value)
    return tuple(sorted((layer, head) for _, layer, head in order[:CHOSEN]))


def _effect(pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Effect:
    whole = np.concatenate([whole["copies"] for whole, _ in pairs])
    removed = np.concatenate([without["copies"] for _, without in pairs])
    changes = np.array([without["in_context"] - whole["in_context"] for whole, without in pairs])
    return Effect(
        copies=_interval(removed, whole),
        in_context=_interval(changes, np.ones(changes.size)),
        runs=whole.size,
        prompts=len(pairs),
    )


def _interval(above: Float64[np.ndarray, " n"], below: Float64[np.ndarray, " n"]) -> Interval:
    """The ratio of two sums, its items resampled in pairs."""
    value = float(above.sum() / below.sum())
    if above.size < 2:
        return Interval(value, None, None)
    drawn = _resampled(above.size)
    ratios = above[drawn].sum(axis=1) / below[drawn].sum(axis=1)
    outside = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(ratios, [outside, 100 - outside])
    return Interval(value, float(low), float(high))


def _resampled(size: int) -> Int64[np.ndarray, "resamples size"]:
    return np.random.default_rng(SEED).integers(size, size=(RESAMPLES, size))
