"""What a head's closed form promises at other lengths, for the contents of one prompt.

The query keeps its content and the target its content and distance; every other distance holds one
of a sample of the prompt's contents: ``RIVALS`` spread evenly over it, and the runner-up. Contents
that are not in the sample may do worse, so the least lead found is no floor and the largest no
peak: the true ones lie below and above. Computed in float64. Deeper than the first block contents
depend on their context, so this is about these residual rows, not about every text.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int

from empirical.heads.canonical import Head

RIVALS = 32
"""Contents of the prompt that may stand elsewhere, spread evenly, besides the strongest."""
BEYOND = 4
"""Lengths up to so many times the prompt's are looked at."""


@dataclass(frozen=True)
class Outlook:
    """The last token's attention, at this length and beyond.

    Attributes:
        offset: distance of the target, the key it attends to most.
        margin: the target's logit minus the next.
        allowance: by how much the model's own float32 logits may differ through rounded angles:
            2⁻²⁴ · length · Σ θ_f |A_f|.
        floor: for each length, the least lead of the target over arrangements of the sample.
        peak: the largest lead over them.
        vanishes: the first length at which one of them takes the lead away; None if none does up
            to ``BEYOND`` times the prompt's. Contents outside the sample may do so earlier.
        width: the highest possible logit less the lowest, at any distance: 2 Σ |A_f| and more.
        top: the target's attention weight.
        top_bound: e^δ/(n − 1 + e^δ) for the δ of the logits seen; ``top`` cannot be above it.
        top_promise: the same for ``width`` at each length of ``floor``: bounds every arrangement.
        distances: 0 and powers of two, where the head sees.
        profile: the logit of the target's content at each of them.
    """

    offset: int
    margin: float
    allowance: float
    floor: dict[int, float]
    peak: dict[int, float]
    vanishes: int | None
    width: float
    top: float
    top_bound: float
    top_promise: dict[int, float]
    distances: list[int]
    profile: list[float]


def outlook(
    head: Head,
    query: int,
    seen: Int[np.ndarray, " keys"],
    logits: Float64[np.ndarray, " keys"],
) -> Outlook:
    """What follows from the contents that a query sees.

    Args:
        head: a head whose content ``p`` stands at position ``p``.
        query: the content that asks, at the last position.
        seen: the contents it sees, itself included, in order.
        logits: theirs.
    """
    length = query + 1
    second, first = np.argsort(logits)[-2:]
    target, offset, lead = seen[[first]], int(query - seen[first]), float(logits[first])
    reach = min(BEYOND * length, head.window or BEYOND * length)
    distances = np.arange(reach)
    spread = np.linspace(0, seen.size - 1, min(RIVALS, seen.size)).astype(int)
    rivals = np.setdiff1d(seen[np.append(spread, second)], target)
    others = head.logits(query, rivals, distances)
    strongest, weakest = others.max(axis=0), others.min(axis=0)
    itself = head.at(query, np.array([query]), np.array([0]))
    for best in (strongest, weakest):
        best[0] = itself[0]
        best[offset] = -np.inf
    strongest, weakest = np.maximum.accumulate(strongest), np.maximum.accumulate(weakest)
    lengths = [length * factor for factor in (1, 2, BEYOND)]
    ends = [min(at, reach) - 1 for at in lengths]
    taken = np.flatnonzero(strongest >= lead)
    vanishes = max(int(taken[0]) + 1, offset + 1) if taken.size else None
    moduli = np.abs(head.amplitudes(query, seen))
    unrotated = head.scale * head.key_rest[seen] @ head.query_rest[query]
    reached = moduli.sum(axis=1)
    width = _capped(head, (unrotated + reached).max()) - _capped(head, (unrotated - reached).min())
    marks = [0, *(1 << power for power in range(reach.bit_length()))]
    places = np.array([mark for mark in marks if mark < reach])
    return Outlook(
        offset=offset,
        margin=float(logits[first] - logits[second]),
        allowance=float(2.0**-24 * length * (moduli @ head.angles).max()),
        floor={at: lead - float(strongest[end]) for at, end in zip(lengths, ends, strict=True)},
        peak={at: lead - float(weakest[end]) for at, end in zip(lengths, ends, strict=True)},
        vanishes=vanishes,
        width=float(width),
        top=float(np.exp(lead - np.logaddexp.reduce(logits))),
        top_bound=_dispersion(float(np.ptp(logits)), seen.size),
        top_promise={
            at: _dispersion(float(width), end + 1) for at, end in zip(lengths, ends, strict=True)
        },
        distances=places.tolist(),
        profile=head.logits(query, target, places)[0].tolist(),
    )


def _capped(head: Head, logit: float) -> float:
    return logit if head.softcap is None else head.softcap * math.tanh(logit / head.softcap)


def _dispersion(width: float, length: int) -> float:
    """``weight_le_of_width`` of the ledger, in float64."""
    return 1 / (1 + (length - 1) * math.exp(-width))
