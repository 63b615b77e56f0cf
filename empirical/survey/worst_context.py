"""The least weight that any context can leave a token in the first layer, at every length.

The first layer reads token embeddings, so the contents of its heads are the tokens, whatever stands
around them. A query token attends, and a target token stands at some distance before it. The logit
of a token at a distance depends on nothing else, so the context that leaves the target the least
weight holds at each distance the token with the largest logit there, and the one that leaves it the
most holds that with the least: an extreme for each distance in place of one over all contexts.

What is said is of the real function of the head's float64 queries and keys: each weight comes with
a bound on what rounding has done to it; where that leaves much open, ``decided`` computes in balls.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Int64

from empirical.foreign import capture
from empirical.foreign.reading import Model
from empirical.heads.canonical import Head
from empirical.survey.worst_in_balls import BITS, Extremes, enclosed
from theory.refusal import Refusal

UNIT = 2.0**-53
"""Half the distance from 1 to the next float64."""
TINY = 2.0**-1022
"""What is smaller may have become zero."""
SHARP = 2.0**-30
"""A relative error of weights that is small enough to be shown."""
AT_ONCE = 1 << 22
"""Logits in one array: what bounds memory; it decides no number."""
TOKENS_AT_ONCE = 1 << 15
"""Tokens whose queries and keys are computed at once."""


@dataclass(frozen=True, eq=False)
class WorstContext:
    """The weight of a target at its distance, over every context, by length.

    Attributes:
        offset: distance of the target from the query, at least 1.
        lengths: of the contexts, query included, from ``offset + 1`` on.
        least: the least weight at each length.
        most: the largest.
        error: relative error of both at most, from rounding, beside ``TINY``.
        worst: for each distance the token of the context with the least weight, or one whose logit
            rounding cannot tell from it; the query's and the target's own among them.
    """

    offset: int
    lengths: Int64[np.ndarray, " lengths"]
    least: Float64[np.ndarray, " lengths"]
    most: Float64[np.ndarray, " lengths"]
    error: float
    worst: Int64[np.ndarray, " longest"]

    def longest(self) -> "WorstContext":
        """The same of the longest contexts only."""
        return replace(self, lengths=self.lengths[-1:], least=self.least[-1:], most=self.most[-1:])

    def below(self, weight: float) -> tuple[int | None, int | None]:
        """From which length on some context may leave less than a weight, and does.

        Args:
            weight: such as a half.

        Returns:
            The first length whose least weight may be below, and the first at which it is for
            certain; they are the same unless rounding leaves it open. None where there is none.
        """
        if not np.isfinite(self.error):
            return int(self.lengths[0]), None
        may = np.flatnonzero(self.least * (1 - self.error) < weight)
        does = np.flatnonzero(self.least * (1 + self.error) + TINY < weight)
        first = int(self.lengths[may[0]]) if may.size else None
        certain = int(self.lengths[does[0]]) if does.size else None
        return first, certain


def first_layer_head(
    model: Model, head: int, tokens: Int64[np.ndarray, " tokens"], length: int
) -> Head:
    """A head of the first layer, whose contents are tokens.

    Args:
        model: the model.
        head: which head.
        tokens: their ids; content ``k`` of the head is the ``k``-th.
        length: of the input, which dynamic angles depend on.

    Raises:
        Refusal: there is no such head.
    """
    count = model.module.config.num_attention_heads
    if not 0 <= head < count:
        raise Refusal(f"{model.path} has heads 0 to {count - 1} in its first layer: name one")
    parts = [
        model.family.read(model.module, 0, capture.embedded(model, part), length)[0][head]
        for part in np.split(tokens, range(TOKENS_AT_ONCE, tokens.size, TOKENS_AT_ONCE))
    ]
    return replace(
        parts[0],
        queries=np.concatenate([part.queries for part in parts]),
        keys=np.concatenate([part.keys for part in parts]),
        query_rest=np.concatenate([part.query_rest for part in parts]),
        key_rest=np.concatenate([part.key_rest for part in parts]),
    )


def angles_vary(model: Model, layer: int, longest: int) -> bool:
    """Whether the angles of a layer depend on the length, up to some length."""
    config = model.module.config
    angles, factor = model.family.angles(config, layer, 1)
    return any(
        factor != other_factor or not np.array_equal(angles, other)
        for other, other_factor in (
            model.family.angles(config, layer, length) for length in range(2, longest + 1)
        )
    )


def worst_context(
    head: Head, query: int, target: int, offset: int, longest: int, first: int | None = None
) -> WorstContext:
    """The least and the largest weight of a target over every context, at each length.

    Args:
        head: a head of the first layer; any of its contents but ``first`` may stand anywhere, as
            often as wanted.
        query: the content that asks.
        target: the content whose weight is in question.
        offset: its distance.
        longest: the longest context, in tokens, query included.
        first: the content that stands first in every context, if not any; then contexts are at
            least ``offset + 2`` tokens long.

    Raises:
        Refusal: no context has the target at this distance, the head does not see it, or its
            logits are beyond float64.
    """
    shortest = offset + 1 + (first is not None)
    if offset < 1 or longest < shortest:
        raise Refusal(
            f"no context of {longest} tokens has a target {offset} back: give a longer one"
        )
    reach = min(longest, head.window or longest)
    if offset >= reach:
        raise Refusal(
            f"the head sees {reach} tokens and no target {offset} back: name a nearer one"
        )
    anywhere = _anywhere(head, first)
    high, worst = _extreme(head, query, anywhere, reach, 1)
    low, _ = _extreme(head, query, anywhere, reach, -1)
    own = _finite(head.at(query, np.array([query, target]), np.array([0, offset])))
    for logits in (high, low):
        logits[[0, offset]] = own
    worst[[0, offset]] = query, target
    lengths = np.arange(shortest, longest + 1)
    firsts = None
    if first is not None:
        firsts = _finite(head.logits(query, np.array([first]), np.arange(reach))[0])
    with np.errstate(over="ignore"):
        error = np.expm1(2 * _rounding(head, query, reach)) + 4 * (longest + 8) * UNIT
    return WorstContext(
        offset=offset,
        lengths=lengths,
        least=_weights(high, firsts, lengths, offset),
        most=_weights(low, firsts, lengths, offset),
        error=float(error),
        worst=np.append(worst, np.full(longest - reach, worst[-1])),  # unseen: any would do
    )


def decided(
    head: Head,
    query: int,
    target: int,
    offset: int,
    longest: int,
    first: int | None,
    weight: float,
) -> WorstContext:
    """As ``worst_context``, in balls where rounding leaves open when less than a weight is left.

    Args:
        head: a head of the first layer.
        query: the content that asks.
        target: the content whose weight is in question.
        offset: its distance.
        longest: the longest context, in tokens.
        first: the content that stands first in every context, if not any.
        weight: such as a half; weights that are exactly it stay open.

    Raises:
        Refusal: as ``worst_context``.
    """
    context = worst_context(head, query, target, offset, longest, first)
    if _settled(context, weight):
        return context
    reach = min(longest, head.window or longest)
    rivals = _rivals(head, query, _unlike(head, _anywhere(head, first)), reach)
    for side in (rivals.largest, rivals.least):
        side[0], side[offset] = [query], [target]
    for bits in BITS:
        weights = enclosed(bits, head, query, rivals, offset, context.lengths, first)
        context = replace(context, least=weights.least, most=weights.most, error=weights.error)
        if _settled(context, weight):
            break
    return context


def _settled(context: WorstContext, weight: float) -> bool:
    """Whether rounding leaves nothing open that is shown."""
    may, does = context.below(weight)
    return context.error <= SHARP and may == does


def _finite(logits: Float64[np.ndarray, "*some"]) -> Float64[np.ndarray, "*some"]:
    """The logits; one that is no number would hide the others, and be hidden by them."""
    if not np.isfinite(logits).all():
        raise Refusal("logits of the head are beyond all float64 numbers: scale its weights down")
    return logits


def _anywhere(head: Head, first: int | None) -> Int64[np.ndarray, " contents"]:
    """The contents that may stand anywhere."""
    return np.setdiff1d(np.arange(len(head.keys)), [] if first is None else [first])


def _unlike(head: Head, contents: Int64[np.ndarray, " contents"]) -> Int64[np.ndarray, " some"]:
    """One content of each key."""
    rows = np.hstack([head.keys.real, head.keys.imag, head.key_rest])[contents]
    _, places = np.unique(rows, axis=0, return_index=True)
    return contents[places]


def _rivals(
    head: Head, query: int, contents: Int64[np.ndarray, " contents"], reach: int
) -> Extremes:
    """The contents that may have the largest, or the least, logit at each distance."""
    open_by = 2 * _rounding(head, query, reach)
    distances = np.arange(reach)
    sides = []
    for sign in (1, -1):
        best, _ = _extreme(head, query, contents, reach, sign)
        near: list[list[int]] = [[] for _ in distances]
        for block in _blocks(contents, reach):
            logits = head.logits(query, block, distances)
            for key, distance in np.argwhere(sign * (best - logits) <= open_by):
                near[distance].append(int(block[key]))
        sides.append(near)
    return Extremes(*sides)


def _blocks(
    contents: Int64[np.ndarray, " contents"], reach: int
) -> Iterator[Int64[np.ndarray, " some"]]:
    """The contents, few enough at once."""
    at_once = max(1, AT_ONCE // reach)
    for start in range(0, contents.size, at_once):
        yield contents[start : start + at_once]


def _weights(
    logits: Float64[np.ndarray, " reach"],
    firsts: Float64[np.ndarray, " reach"] | None,
    lengths: Int64[np.ndarray, " lengths"],
    offset: int,
) -> Float64[np.ndarray, " lengths"]:
    """The target's weight at each length, where each distance has its logit.

    Args:
        logits: of what stands at each distance that the head sees.
        firsts: of the content that stands first, at each distance; None if any may.
        lengths: of the contexts.
        offset: the target's distance.
    """
    with np.errstate(over="ignore"):
        mass = np.cumsum(np.exp(logits - logits[offset]))
    if firsts is None:
        total = mass[np.minimum(lengths, logits.size) - 1]
    else:
        total = mass[np.minimum(lengths - 1, logits.size) - 1]
        seen = lengths <= logits.size
        with np.errstate(over="ignore"):
            total[seen] += np.exp(firsts[lengths[seen] - 1] - logits[offset])
    weights: Float64[np.ndarray, " lengths"] = 1 / total
    return weights


def _extreme(
    head: Head, query: int, contents: Int64[np.ndarray, " contents"], reach: int, sign: int
) -> tuple[Float64[np.ndarray, " reach"], Int64[np.ndarray, " reach"]]:
    """The largest (or least) logit of any content at each distance, and whose it is."""
    best = np.full(reach, -np.inf)
    whose = np.zeros(reach, dtype=np.int64)
    distances = np.arange(reach)
    for block in _blocks(contents, reach):
        logits = sign * _finite(head.logits(query, block, distances))
        places = logits.argmax(axis=0)
        candidates = logits[places, distances]
        better = candidates > best
        best[better], whose[better] = candidates[better], block[places[better]]
    return sign * best, whose


def _rounding(head: Head, query: int, reach: int) -> float:
    """By how much a logit of the query may be off, at any distance inside the window.

    A sum of ``K`` products is off by at most ``(K + 2)`` units of the sum of their moduli, which is
    at most ``Σ |A_f|``; each factor by 12 units more, and its phase by ``θ_f · distance`` units. A
    soft-cap makes a difference no larger and adds 8 units of the cap.
    """
    products = 2 * head.keys.shape[1] + head.key_rest.shape[1]
    moduli = np.abs(head.scale * head.attention_factor**2 * head.queries[query]) * np.abs(head.keys)
    rotated = moduli @ (products + 16 + head.angles * reach)
    rest = np.abs(head.key_rest) @ np.abs(head.scale * head.query_rest[query]) * (products + 16)
    cap = 0.0 if head.softcap is None else 8 * head.softcap
    return float(((rotated + rest).max() + cap) * UNIT)
