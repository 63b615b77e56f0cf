"""Sums over positions of several heads, in floats: what branch and bound over them asks.

The notation is that of ``several_heads``. Each head's weights count in units of its weight for the
first token that may stand at place 0, as ratios in a proof do; on a product of choices, in units of
a power of two that is the largest there.
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float64, Int

from empirical.certificates.arithmetic.rounding import LARGEST, UNIT, lengths, units
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import Allowed, Weights, forms, weight_error

Ratios: TypeAlias = Float64[np.ndarray, " ratios"]
Input: TypeAlias = Int[np.ndarray, " places"]

PASSES = 50
"""Of Dinkelbach's method, which needs a handful."""
SMALLEST = 2.0**-1000
"""Smaller ratios are not told apart from zero."""
INSIDE = 0.99999
"""Ratios are bounded a little outside of where they are, so that rounding shows it."""


class RatioBox(NamedTuple):
    """Bounds of the ratios of a first head's normaliser to the others'.

    Attributes:
        low: from below, zero where nothing is known.
        high: from above.
    """

    low: Ratios
    high: Ratios

    def scaled(self, exponents: Int[np.ndarray, " ratios"]) -> "RatioBox":
        """In other units: times powers of two; exact, or nothing is known."""
        with np.errstate(over="ignore"):
            low, high = np.ldexp(self.low, exponents), np.ldexp(self.high, exponents)
        known = (low >= SMALLEST) & np.isfinite(low)
        return RatioBox(np.where(known, low, 0.0), np.where(high < SMALLEST, np.inf, high))

    def within(self, other: "RatioBox | None") -> "RatioBox":
        """The part in another box."""
        if other is None:
            return self
        return RatioBox(np.maximum(self.low, other.low), np.minimum(self.high, other.high))

    def usable(self) -> bool:
        """Whether sums that are multiplied by such ratios stay in the range of floats."""
        return bool(((self.high >= 1 / LARGEST) & (self.high <= LARGEST)).all())

    def widths(self) -> Ratios:
        """The logarithms, to base 2, of how far the bounds of each ratio are apart."""
        widths: Ratios = np.log2(self.high) - np.log2(np.maximum(self.low, SMALLEST))
        return widths


class HeadSums:
    """Weights and forms of all heads for one answer and rival.

    Args:
        heads: the tables of one query, one for each head, all in range.
        places: of an input.
        answer: the class that should win.
        rival: the other.
        first: the token whose weight at place 0 is each head's unit.
    """

    def __init__(
        self, heads: Sequence[Tables], places: int, answer: int, rival: int, first: int
    ) -> None:
        self.heads, self.answer, self.rival = heads, answer, rival
        self.parts = [_in_units_of(Weights.of(head, 0, places), first) for head in heads]
        self.blur = max(map(weight_error, heads)) + (places + len(heads) + 12) * UNIT
        self.slants = [head.slants for head in heads]
        self.bias = float(heads[0].bias[answer] - heads[0].bias[rival])
        self.linear = np.stack([h.linear[:, answer] - h.linear[:, rival] for h in heads])
        self.touch(np.zeros(self.slants[0].shape[1]))

    def touch(self, direction: Float64[np.ndarray, " slant"]) -> None:
        """Lay the forms of all heads along one direction, at which they touch the norm."""
        pair = np.array([self.answer]), np.array([self.rival])
        forms_of_heads = [forms(head, *pair, direction[None]) for head in self.heads]
        self.direction = units(direction[None])[0]
        self.values = np.stack([form.values[0] for form in forms_of_heads])
        self.error = np.array([form.error[0] for form in forms_of_heads])

    def on(self, piece: Allowed) -> "PieceSums | None":
        """The sums over a product of choices; none where a head's weights are not known there."""
        tops = [parts.top(piece) for parts in self.parts]
        known = [top for top in tops if top is not None]
        return PieceSums(self, piece, known) if len(known) == len(tops) else None


def _in_units_of(parts: Weights, first: int) -> Weights:
    """Weights in units of one token's at place 0."""
    own, exponent = parts.mantissas[0, first], parts.exponents[0, first]
    if not own > 0:
        return Weights(np.zeros_like(parts.mantissas), parts.exponents)
    return Weights(parts.mantissas / own, parts.exponents - exponent)


class PieceSums:
    """Sums of all heads over one product of choices.

    Rounding: a term is a sum over heads of weight times (form − μ) times ρ; it errs by the form's
    error, by the weight's, and by its own few operations and the sum's, (places + heads + 12)·u,
    all in units of the largest form less μ. ``slack`` doubles their sum. Some weight of every head
    is near 1, so that what underflows is far below that.

    Args:
        sums: of all heads.
        piece: the product of choices.
        tops: the power of two in whose units each head's weights are taken.
    """

    def __init__(self, sums: HeadSums, piece: Allowed, tops: list[int]) -> None:
        self.sums, self.piece = sums, piece
        parts = zip(sums.parts, tops, strict=True)
        self.weights = np.stack([weights.over(top) for weights, top in parts])
        self.heaviest = np.where(piece, self.weights, 0.0).max(axis=2).sum(axis=1)
        self._exponents = np.array([top - tops[0] for top in tops[1:]], dtype=int)

    def own_units(self, box: RatioBox) -> RatioBox:
        """A box of a proof in the units of this piece."""
        return box.scaled(self._exponents)

    def proof_units(self, box: RatioBox) -> RatioBox:
        """A box of this piece in the units of a proof."""
        return box.scaled(-self._exponents)

    def terms(
        self, multipliers: Float64[np.ndarray, " heads"]
    ) -> Float64[np.ndarray, "heads places tokens"]:
        """Weight times (form − multiplier)."""
        terms: Float64[np.ndarray, "heads places tokens"] = (
            self.weights * (self.sums.values - multipliers[:, None])[:, None]
        )
        return terms

    def worst_input(self, terms: Float64[np.ndarray, "places tokens"]) -> Input:
        """The input with the least term at each place; the terms of the piece are finite."""
        worst: Input = np.where(self.piece, terms, np.inf).argmin(axis=1)
        return worst

    def least_averages(self) -> Float64[np.ndarray, " heads"]:
        """Each head's least N/Z, by Dinkelbach's method, a little lowered.

        What they add up to above zero is shared out, so that every head's bracket is positive.
        """
        averages = np.array(
            [
                self._least_ratio(weights * values, weights)
                for weights, values in zip(self.weights, self.sums.values, strict=True)
            ]
        )
        surplus = float(averages.sum())
        return averages - (surplus / averages.size if surplus > 0 else 0)

    def _least_ratio(
        self,
        above: Float64[np.ndarray, "places tokens"],
        below: Float64[np.ndarray, "places tokens"],
    ) -> float:
        """About the least ratio of two sums over the inputs; the second is positive."""
        ratio = np.inf
        for _ in range(PASSES):
            worst = self.worst_input(above - (0 if ratio == np.inf else ratio) * below)
            rows = np.arange(worst.size)
            attained = float(above[rows, worst].sum() / max(below[rows, worst].sum(), 2.0**-1000))
            if not attained < ratio:
                break
            ratio = attained
        return ratio

    def slack(self, multipliers: Float64[np.ndarray, " heads"]) -> Float64[np.ndarray, " heads"]:
        """How far the sum of one head's terms may be off."""
        error = self.sums.error
        size = np.abs(self.sums.values).max(axis=1) + np.abs(multipliers) + error
        size[0] += np.abs(multipliers[1:]).sum() * 2
        slack: Float64[np.ndarray, " heads"] = 2 * self.heaviest * (error + size * self.sums.blur)
        return slack

    def thresholds_prove(self, thresholds: Ratios) -> bool:
        """Is every head's average above its threshold? The first head's is what makes zero."""
        multipliers = np.array([-thresholds.sum(), *thresholds])
        least = np.where(self.piece, self.terms(multipliers), np.inf).min(axis=2).sum(axis=1)
        return bool((least > self.slack(multipliers)).all())

    def ratios(self) -> RatioBox | None:
        """Bounds of Z_0/Z_h, shown, in units of this piece; none if floats cannot show them."""
        first, low, high = self.weights[0], [], []
        for h, other in enumerate(self.weights[1:], start=1):
            below = INSIDE * self._least_ratio(first, other)
            low.append(below if self._exceeds(0, h, below) else 0.0)
            above = INSIDE * self._least_ratio(other, first)
            while not self._exceeds(h, 0, above):
                above /= 16
                if not above > 1 / LARGEST:
                    return None
            high.append((1 + 2.0**-40) / above)
        return RatioBox(np.array(low), np.array(high))

    def _exceeds(self, one: int, two: int, factor: float) -> bool:
        """Is Z of one head above a factor of another's, on every input?"""
        terms = self.weights[one] - factor * self.weights[two]
        slack = 2 * (self.heaviest[one] + factor * self.heaviest[two]) * self.sums.blur
        return bool(np.where(self.piece, terms, np.inf).min(axis=1).sum() > slack)

    def least(self, box: RatioBox, multipliers: Ratios) -> tuple[float, Input, Ratios]:
        """The least sum over inputs and corners of a box, its input and its corner."""
        terms = self.terms(np.array([-multipliers.sum(), *multipliers]))
        rows = np.arange(self.piece.shape[0])
        least, worst, at = np.inf, np.zeros(0, dtype=int), box.low
        for corner in {*product(*zip(box.low.tolist(), box.high.tolist(), strict=True))}:
            summed = np.tensordot(np.array([1.0, *corner]), terms, axes=1)
            tokens = self.worst_input(summed)
            value = float(summed[rows, tokens].sum())
            if value < least:
                least, worst, at = value, tokens, np.array(corner)
        return least, worst, at

    def need(self, box: RatioBox, multipliers: Ratios) -> float:
        """What the least sum must be above."""
        slack = self.slack(np.array([0.0, *multipliers]))
        return float(slack[0] + (box.high * slack[1:]).sum())

    def totals(self, tokens: Input) -> Float64[np.ndarray, " heads"]:
        """The heads' normalisers on one input."""
        totals: Float64[np.ndarray, " heads"]
        totals = self.weights[:, np.arange(tokens.size), tokens].sum(axis=1)
        return totals

    def stream(self, tokens: Input) -> Float64[np.ndarray, " slant"]:
        """The centred stream of one input."""
        rows, parts = np.arange(tokens.size), []
        for weights, slants in zip(self.weights, self.sums.slants, strict=True):
            mine = weights[rows, tokens]
            parts.append((mine @ slants[tokens]) / max(mine.sum(), 2.0**-1000))
        stream: Float64[np.ndarray, " slant"] = np.sum(parts, axis=0)
        return stream

    def value(self, tokens: Input) -> tuple[float, float]:
        """About the sum of the heads' averages with the bias in it, and the size of its terms."""
        mine = self.weights[:, np.arange(tokens.size), tokens]
        totals = np.maximum(mine.sum(axis=1), 2.0**-1000)
        linear = self.sums.linear[:, tokens]
        bent = self.sums.bias * float(lengths(self.stream(tokens)[None])[0])
        value = float(((mine * linear).sum(axis=1) / totals).sum()) + bent
        size = float(((mine * np.abs(linear)).sum(axis=1) / totals).sum()) + abs(bent)
        return value, size
