"""The same forward pass over all inputs of a query at once, in floats, with a bound of its error.

The tables of a function are taken from its balls; only the sum over positions, the last LayerNorm
and the readout run in floats. u is 2⁻⁵³; the bound counts 32u for what takes at most 30 operations,
and what underflows. Where the bound leaves a sign open, or a number is not finite, balls decide.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tests.attack.truth import Function

ROUNDING = 32 * 2.0**-53
SMALLEST = 2.0**-140
"""Above the radii of balls and what underflows, as a part of the largest number of a stream."""
TINY = 2.0**-1000
FLUSHED = -1000
"""A weight below two to the power of this, in units of the heaviest, is zero here."""
NARROW = 2.0**-60
"""Radius of a ball that a float stands for, as a part of it, at most."""
NARROW_ROW = 2.0**-150
"""The same as a part of the largest of a row."""
EXACT = 2.0**52
"""Exponents below it are floats without rounding."""

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Margins:
    """The answer's logit less each rival's, times the divisor of the last LayerNorm.

    Attributes:
        values: inputs × classes.
        errors: how far each may be off; not a number where floats do not tell.
        divisors: of each input.
        sizes: the sum of the sizes of the terms of both logits, inputs × classes.
    """

    values: Floats
    errors: Floats
    divisors: Floats
    sizes: Floats


class FloatTruth:
    """A function of one block in floats.

    Args:
        function: the same in balls.
    """

    def __init__(self, function: "Function") -> None:
        self.function, self.config = function, function.config
        self._kept: dict[tuple[int, int, int], list[tuple[float, float]]] = {}

    def streams(self, inputs: NDArray[np.int64]) -> "Streams":
        """The last streams of inputs that share a query.

        Args:
            inputs: inputs × places, tokens from the query backwards.
        """
        query, places = int(inputs[0, 0]), np.arange(inputs.shape[1])
        written = self._written
        stream = np.tile(self._own[query], (len(inputs), 1))
        size = np.abs(stream)
        largest = size.max(axis=1)
        with np.errstate(all="ignore"):
            for head in range(self.config.n_head):
                mantissas, exponents = self._weights(query, head, inputs.shape[1])
                shift = exponents[places, inputs]
                shift = np.maximum(shift - shift.max(axis=1, keepdims=True), -1e9)
                scaled = np.ldexp(mantissas[places, inputs], shift.astype(np.int64))
                weights = np.where(shift < FLUSHED, 0.0, scaled)
                weights = np.where(np.isnan(mantissas[places, inputs]), np.nan, weights)
                shares = (weights / weights.sum(axis=1, keepdims=True))[:, :, None]
                parts = written[head][inputs]
                stream = stream + (shares * parts).sum(axis=1)
                size = size + (shares * np.abs(parts)).sum(axis=1)
                largest = np.maximum(largest, np.abs(parts).max(axis=(1, 2)))
        error = ROUNDING * size + SMALLEST * largest[:, None] + TINY
        return Streams(self, stream, error)

    @cached_property
    def _own(self) -> Floats:
        with ctx.workprec(self.function.bits):
            return _centred(self.function._own)

    @cached_property
    def _written(self) -> list[Floats]:
        heads = range(self.config.n_head)
        with ctx.workprec(self.function.bits):
            rows = self.function._written
            return [_centred([of_token[head] for of_token in rows]) for head in heads]

    def _weights(self, query: int, head: int, length: int) -> tuple[Floats, Floats]:
        """Unnormalised weights of all tokens at all places: mantissas and powers of two."""
        table = np.array([self._weights_at(query, head, place) for place in range(length)])
        return table[:, :, 0], table[:, :, 1]

    def _weights_at(self, query: int, head: int, place: int) -> list[tuple[float, float]]:
        key = query, head, place
        if key not in self._kept:
            tokens = range(self.config.vocab_size)
            with ctx.workprec(self.function.bits):
                scores = self.function.scores(query, tokens, place, head)
                self._kept[key] = [_parts(score) for score in scores]
        return self._kept[key]

    @cached_property
    def readout(self) -> tuple[list[list[arb]], list[arb]]:
        """Each class's linear form of the centred, divided stream, and what it adds."""
        function = self.function
        with ctx.workprec(function.bits):
            head, last = function._matrix("lm_head.weight"), function._matrix("lm_head.bias")[0]
            gain, shift = (function._matrix(f"transformer.ln_f.{n}")[0] for n in ("weight", "bias"))
            forms = [[x * g for x, g in zip(row, gain, strict=True)] for row in head]
            adds = [
                sum((x * s for x, s in zip(row, shift, strict=True)), b)
                for row, b in zip(head, last, strict=True)
            ]
        return forms, adds

    @cached_property
    def gaps(self) -> tuple[Floats, Floats]:
        """Differences of the readout of all pairs: classes × classes × width, and of constants."""
        forms, adds = self.readout
        with ctx.workprec(self.function.bits):
            rows = [
                _floats([[x - y for x, y in zip(one, two, strict=True)] for two in forms])
                for one in forms
            ]
            constants = _floats([[x - y for y in adds] for x in adds])
        return np.array(rows), constants

    @cached_property
    def sizes(self) -> tuple[Floats, Floats]:
        """Sizes of what is added up to each logit: classes × width, and of the constants."""
        forms, _ = self.readout
        weights = self.function.checkpoint.weights
        head = np.abs(weights["lm_head.weight"].astype(float))
        shift = np.abs(weights["transformer.ln_f.bias"].astype(float))
        constants = (head * shift).sum(axis=1) + np.abs(weights["lm_head.bias"].astype(float))
        return np.abs(_floats(forms)), constants


class Streams:
    """Centred last streams, and how far each coordinate may be off.

    Args:
        truth: of the function.
        stream: inputs × width.
        error: of each coordinate.
    """

    def __init__(self, truth: FloatTruth, stream: Floats, error: Floats) -> None:
        self.truth, self.stream, self.error = truth, stream, error

    @cached_property
    def divisors(self) -> tuple[Floats, Floats]:
        """Of the last LayerNorm, and how far each may be off."""
        root = math.sqrt(float(self.truth.config.layer_norm_epsilon))
        width = self.stream.shape[1]
        with np.errstate(all="ignore"):
            largest = np.maximum(np.abs(self.stream).max(axis=1), root)
            scaled = ((self.stream / largest[:, None]) ** 2).mean(axis=1) + (root / largest) ** 2
            divisors = largest * np.sqrt(scaled)
            most = self.error.max(axis=1) * math.sqrt(width)
        return divisors, most + ROUNDING * divisors

    def margins(self, answer: int) -> Margins:
        """How far an answer is above every class."""
        forms, constants = (table[answer] for table in self.truth.gaps)
        sizes, fixed = self.truth.sizes
        divisors, divisor_errors = self.divisors
        with np.errstate(all="ignore"):
            values = self.stream @ forms.T + divisors[:, None] * constants
            terms = np.abs(self.stream) @ np.abs(forms).T + divisors[:, None] * np.abs(constants)
            errors = self.error @ np.abs(forms).T + divisor_errors[:, None] * np.abs(constants)
            errors += ROUNDING * terms + TINY
            linear = np.abs(self.stream) @ sizes.T / divisors[:, None] + fixed
            both = linear + linear[:, [answer]]
        equal = ~forms.any(axis=1) & (constants == 0)
        return Margins(values, np.where(equal, 0.0, errors), divisors, both)


def _centred(rows: list[list[arb]]) -> Floats:
    """Rows less their mean, in floats; not numbers where the balls are too wide."""
    table = []
    for row in rows:
        mean = sum(row, arb(0)) / len(row)
        balls = [x - mean for x in row]
        narrow = max(ball.rad() for ball in balls) <= NARROW_ROW * max(abs(x.mid()) for x in row)
        table.append([float(ball.mid()) if narrow else math.nan for ball in balls])
    return np.array(table)


def _floats(rows: list[list[arb]]) -> Floats:
    return np.array([[_nearest(ball) for ball in row] for row in rows])


def _nearest(ball: arb) -> float:
    """The float at the middle of a ball; not a number if the ball is wider than its rounding."""
    if ball == 0:
        return 0.0
    return float(ball.mid()) if ball.rad() <= NARROW * abs(ball.mid()) else math.nan


def _parts(score: arb) -> tuple[float, float]:
    """The exponential of a score as a number near 1 and a power of two."""
    exponent = float((score / arb(2).log()).mid())
    if not abs(exponent) < EXACT or not score.rad() < NARROW:
        return math.nan, 0.0
    exponent = math.floor(exponent)
    return float((score - exponent * arb(2).log()).exp().mid()), exponent
