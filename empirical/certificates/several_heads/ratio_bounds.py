"""Sums over positions of several heads, in floats: what branch and bound over them asks.

The notation is that of ``several_heads``.
"""

from collections.abc import Sequence
from itertools import product
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Int

from empirical.certificates.arithmetic.rounding import TINY, UNIT
from empirical.certificates.one_layer.branch_and_bound import Allowed
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import forms, unit, weight_error, weights_to

Ratios: TypeAlias = Float64[np.ndarray, " ratios"]


class HeadSums:
    """Weights and forms of all heads for one answer and rival, and bounds of their sums.

    Rounding: a term is a sum over heads of weight times (form − μ) times ρ; it errs by the form's
    error, by the weight's, and by its own few operations and the sum's, (places + heads + 10)·u,
    all in units of the largest form less μ. ``slack`` doubles their sum.

    Args:
        heads: the tables of one query, one for each head.
        places: of an input.
        answer: the class that should win.
        rival: the other.
    """

    def __init__(self, heads: Sequence[Tables], places: int, answer: int, rival: int) -> None:
        self.heads, self.answer, self.rival = heads, answer, rival
        raw = [weights_to(head, places) for head in heads]
        # Powers of two, so that ratios are of order 1 and nothing is rounded.
        scales = [-int(np.frexp(weight.max(axis=1).sum())[1]) for weight in raw]
        self.weights = np.stack([np.ldexp(w, k) for w, k in zip(raw, scales, strict=True)])
        self.tiny = 64 * np.ldexp(TINY, np.maximum(scales, 0))
        self.heaviest = self.weights.max(axis=2).sum(axis=1)
        self.blur = max(map(weight_error, heads)) + (places + len(heads) + 10) * UNIT
        self.slants = [head.slants for head in heads]
        self.bias = float(heads[0].bias[answer] - heads[0].bias[rival])
        self.linear = np.stack([h.linear[:, answer] - h.linear[:, rival] for h in heads])
        self.touch(np.zeros(self.slants[0].shape[1]))

    def touch(self, direction: Float64[np.ndarray, " slant"]) -> None:
        """Lay the forms of all heads along one direction, at which they touch the norm."""
        pair = np.array([self.answer]), np.array([self.rival])
        found = [forms(head, *pair, direction[None]) for head in self.heads]
        self.direction = unit(direction[None])[0]
        self.values = np.stack([form.values[0] for form in found])
        self.error = np.array([form.error[0] for form in found])

    def terms(
        self, multipliers: Float64[np.ndarray, " heads"]
    ) -> Float64[np.ndarray, "heads places tokens"]:
        """Weight times (form − multiplier)."""
        terms: Float64[np.ndarray, "heads places tokens"] = (
            self.weights * (self.values - multipliers[:, None])[:, None]
        )
        return terms

    @staticmethod
    def worst_input(
        piece: Allowed, terms: Float64[np.ndarray, "..."]
    ) -> Int[np.ndarray, " places"]:
        """The input with the least term at each place."""
        summed = terms.sum(axis=0) if terms.ndim == 3 else terms
        worst: Int[np.ndarray, " places"] = np.where(piece, summed, np.inf).argmin(axis=1)
        return worst

    def least_averages(self, piece: Allowed) -> Float64[np.ndarray, " heads"]:
        """Each head's least N/Z over a piece, by Dinkelbach's method, a little lowered."""
        found = []
        for weights, values in zip(self.weights, self.values, strict=True):
            least = np.inf
            for _ in range(50):
                terms = weights * (values - (0 if least == np.inf else least))
                worst = np.where(piece, terms, np.inf).argmin(axis=1)
                mine = weights[np.arange(worst.size), worst]
                average = float((mine * values[worst]).sum() / mine.sum())
                if not average < least:
                    break
                least = average
            found.append(least)
        averages = np.array(found)
        surplus = float(averages.sum())  # shared out, so that every head's bracket is positive
        return averages - (surplus / averages.size if surplus > 0 else 0)

    def slack(self, multipliers: Float64[np.ndarray, " heads"]) -> Float64[np.ndarray, " heads"]:
        """How far the sum of one head's terms may be off."""
        top = np.abs(self.values).max(axis=1) + np.abs(multipliers) + self.error
        top[0] += np.abs(multipliers[1:]).sum() * 2
        slack: Float64[np.ndarray, " heads"] = 2 * (
            self.heaviest * (self.error + top * self.blur) + top * self.weights.shape[1] * self.tiny
        )
        return slack

    def ratios(self, piece: Allowed) -> tuple[Ratios, Ratios] | None:
        """Bounds of Z_0/Z_h over a piece, shown; none if floats cannot show an upper one."""
        first, low, high = self.weights[0], [], []
        for h, other in enumerate(self.weights[1:], start=1):
            below = 0.99999 * self._extreme(piece, first, other)
            low.append(below if self._exceeds(piece, 0, h, below) else 0.0)
            above = 0.99999 * self._extreme(piece, other, first)
            while not self._exceeds(piece, h, 0, above):
                above /= 16
                if above < 1e-200:
                    return None
            high.append((1 + 2.0**-40) / above)
        return np.array(low), np.array(high)

    def _exceeds(self, piece: Allowed, one: int, two: int, factor: float) -> bool:
        """Is Z of one head above a factor of another's, on every input?"""
        terms = self.weights[one] - factor * self.weights[two]
        slack = 2 * (
            (self.heaviest[one] + factor * self.heaviest[two]) * self.blur
            + piece.shape[0] * (self.tiny[one] + factor * self.tiny[two])
        )
        return bool(np.where(piece, terms, np.inf).min(axis=1).sum() > slack)

    @staticmethod
    def _extreme(
        piece: Allowed,
        above: Float64[np.ndarray, "places tokens"],
        below: Float64[np.ndarray, "places tokens"],
    ) -> float:
        """The least ratio of two sums over the inputs of a piece."""
        ratio = np.inf
        for _ in range(50):
            terms = above - (0 if ratio == np.inf else ratio) * below
            worst = np.where(piece, terms, np.inf).argmin(axis=1)
            rows = np.arange(worst.size)
            found = float(above[rows, worst].sum() / max(below[rows, worst].sum(), 1e-300))
            if not found < ratio:
                break
            ratio = found
        return ratio

    def least(
        self, piece: Allowed, low: Ratios, high: Ratios, multipliers: Ratios
    ) -> tuple[float, Int[np.ndarray, " places"], Ratios]:
        """The least sum over inputs and corners, its input and its corner."""
        terms = self.terms(np.array([-multipliers.sum(), *multipliers]))
        found = (np.inf, np.zeros(0, dtype=int), low)
        rows = np.arange(piece.shape[0])
        for corner in {*product(*zip(low.tolist(), high.tolist(), strict=True))}:
            summed = np.tensordot(np.array([1.0, *corner]), terms, axes=1)
            worst = self.worst_input(piece, summed)
            value = float(summed[rows, worst].sum())
            if value < found[0]:
                found = (value, worst, np.array(corner))
        return found

    def stream(self, tokens: Int[np.ndarray, " places"]) -> Float64[np.ndarray, " slant"]:
        """The centred stream of one input."""
        rows, parts = np.arange(tokens.size), []
        for weights, slants in zip(self.weights, self.slants, strict=True):
            mine = weights[rows, tokens]
            parts.append((mine @ slants[tokens]) / mine.sum())
        stream: Float64[np.ndarray, " slant"] = np.sum(parts, axis=0)
        return stream
