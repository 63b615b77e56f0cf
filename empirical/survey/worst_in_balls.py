"""The weights of the worst context in balls, where rounding in float64 leaves them open.

Of the tokens only those can have the extreme logit at a distance whose float64 logit is within
twice the rounding of the extreme one; their logits are enclosed, at more and more bits.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from flint import acb, arb, ctx
from jaxtyping import Float64, Int64

from empirical.heads.canonical import Head

BITS = (128, 256, 512, 1024, 2048, 4096)
"""Precisions that are tried one after the other."""
FAR = 10**6
"""How far behind the target a logit may be before its mass is only bounded."""
DROWNED = 800
"""How far ahead of the target a logit leaves it a weight below what float64 tells from zero."""


@dataclass(frozen=True, eq=False)
class Enclosed:
    """Weights of the target by length, and their relative error at most."""

    least: Float64[np.ndarray, " lengths"]
    most: Float64[np.ndarray, " lengths"]
    error: float


@dataclass(frozen=True, eq=False)
class Extremes:
    """The contents that may have the extreme logit, distance by distance.

    Attributes:
        largest: contents one of which has the largest logit at each distance.
        least: contents one of which has the least.
    """

    largest: list[list[int]]
    least: list[list[int]]


def enclosed(
    bits: int,
    head: Head,
    query: int,
    extremes: Extremes,
    offset: int,
    lengths: Int64[np.ndarray, " lengths"],
    first: int | None,
) -> Enclosed:
    """The weights of the target, computed in balls of some precision.

    Args:
        bits: of precision.
        head: a head of the first layer.
        query: the content that asks.
        extremes: what may stand at each distance that the head sees; at distance ``offset`` the
            target alone.
        offset: the target's distance.
        lengths: of the contexts.
        first: the content that stands first in every context, if not any.
    """
    with ctx.workprec(bits):
        logits = _Logits(head, query)
        own = logits.at(extremes.largest[offset][0], offset)
        firsts = None
        if first is not None:
            distances = range(len(extremes.largest))
            firsts = [logits.at(first, distance) - own for distance in distances]
        largest, least = (
            [logits.extreme(distance, keys, pick) - own for distance, keys in enumerate(contents)]
            for contents, pick in ((extremes.largest, arb.max), (extremes.least, arb.min))
        )
        return _rounded(_weights(largest, firsts, lengths), _weights(least, firsts, lengths))


class _Logits:
    """Logits of one query in balls, of the head's float64 numbers."""

    def __init__(self, head: Head, query: int) -> None:
        self.head = head
        self.angles = [arb(float(angle)) for angle in head.angles]
        rotated = arb(head.scale) * arb(head.attention_factor) ** 2
        self.query = [acb(plane.real, plane.imag) * rotated for plane in head.queries[query]]
        self.rest = [arb(float(part)) * arb(head.scale) for part in head.query_rest[query]]

    def at(self, key: int, distance: int) -> arb:
        """The logit of a key at a distance."""
        planes = zip(self.angles, self.query, self.head.keys[key], strict=True)
        total = arb(0)
        for angle, asked, kept in planes:
            turn = acb(0, angle * distance).exp()
            total += (asked * acb(kept.real, -kept.imag) * turn).real
        for part, other in zip(self.rest, self.head.key_rest[key], strict=True):
            total += part * arb(float(other))
        cap = self.head.softcap
        return total if cap is None else arb(cap) * (total / arb(cap)).tanh()

    def extreme(self, distance: int, keys: list[int], pick: Callable[[arb, arb], arb]) -> arb:
        """The largest, or the least, logit of some keys at a distance."""
        first, *others = (self.at(key, distance) for key in keys)
        for other in others:
            first = pick(first, other)
        return first


def _weights(
    ahead: list[arb], firsts: list[arb] | None, lengths: Int64[np.ndarray, " lengths"]
) -> list[arb]:
    """The target's weight at each length; zero where it is below what float64 tells from zero.

    Args:
        ahead: by how much what stands at each distance is ahead of the target.
        firsts: the same of the content that stands first, if it is at that distance.
        lengths: of the contexts.
    """
    masses, drowned = [arb(0)], len(ahead)
    for distance, logit in enumerate(ahead):
        if logit > DROWNED:
            drowned = distance
            break
        masses.append(masses[-1] + _mass(logit))
    weights = []
    for length in lengths.tolist():
        within = min(length - (firsts is not None), len(ahead))
        last = firsts[length - 1] if firsts is not None and length <= len(ahead) else None
        if within > drowned or (last is not None and last > DROWNED):
            weights.append(arb(0))
        else:
            weights.append(1 / (masses[within] + (0 if last is None else _mass(last))))
    return weights


def _mass(ahead: arb) -> arb:
    """The exponential of a logit, and of one far behind a bound on it."""
    return arb(0).union(arb(-FAR).exp()) if ahead < -FAR else ahead.exp()


def _rounded(least: list[arb], most: list[arb]) -> Enclosed:
    """As float64, with the relative error that this has; infinite where no bit is known."""
    accuracy = min(weight.rel_accuracy_bits() for weight in (*least, *most))
    error = 2.0 ** (1 - accuracy) + 2.0**-52 if accuracy > 0 else math.inf
    return Enclosed(_nearest(least), _nearest(most), error)


def _nearest(weights: list[arb]) -> Float64[np.ndarray, " weights"]:
    return np.array([float(weight.mid()) for weight in weights])
