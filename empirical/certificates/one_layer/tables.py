"""What a one-layer model computes from its last query, as finite tables with error bounds.

Logit of class a minus logit of class c at the last position, times the positive normaliser Z of
the softmax and the positive scale σ of the final LayerNorm, is

    ``Σ_j w_j(y_j) · K_ac(y_j) + B_ac · |Σ_j w_j(y_j) · τ(y_j)|``

with ``w_j(y) = exp(score)`` of token y at distance j, ``K_a(y)`` the class's linear form of what
the query itself and the value of y write, ``τ(y)`` the centred stream that y alone would make
(over √width) with √ε as last coordinate, and ``B`` what the biases of the final LayerNorm and of
the unembedding add to a class. Its sign is the sign of the logit difference. Source: the module's
own algebra; LayerNorm is that of GPT-J, ``σ = √(variance + ε)``.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
from flint import arb, arb_mat, ctx
from jaxtyping import Float64

from empirical.certificates.arithmetic.rounding import (
    LARGEST,
    PRECISIONS,
    UNIT,
    WIDEST,
    centre,
)
from theory.refusal import Refusal

COARSEST = 2.0**-10
"""Scores that err by more say nothing of weights: their exponentials would err by more than 1.1
times as much."""


class Tables(ABC):
    """One query's finite tables: floats with bounds for speed, balls for certainty.

    Attributes:
        linear: ``K`` by token and class.
        slants: ``τ`` by token; may have no column where no bias is left.
        norms: ``|τ|`` by token.
        bias: ``B`` by class; all zero where no bias is left.
        linear_error: no entry of ``linear`` is further from its number.
        slant_error: no inner product of a row of ``slants`` with a vector of norm at most 1, and
            no entry of ``norms``, is further from its number.
        bias_error: no entry of ``bias`` is further from its number.
        score_error: no entry of a block of scores is further from its number.
        bits: the precision of the balls.
    """

    linear: Float64[np.ndarray, "tokens classes"]
    slants: Float64[np.ndarray, "tokens slant"]
    norms: Float64[np.ndarray, " tokens"]
    bias: Float64[np.ndarray, " classes"]
    linear_error: float
    slant_error: float
    bias_error: float
    score_error: float
    bits: int

    @cached_property
    def in_range(self) -> bool:
        """Whether the floats are what every analysis of their rounding supposes.

        The largest number of each table is zero or lies between 2⁻³⁰⁰ and 2³⁰⁰, every error is
        finite, that of scores is below ``COARSEST``, and rows of ``slants`` have ``WIDEST``
        coordinates at most. Then products of a weight up to 2, a form, a bias and a unit vector do
        not overflow, and what underflows is below 2⁻⁴⁰⁰ of the errors that are counted. Where it
        does not hold, floats say nothing, and balls decide.
        """
        tables = (self.linear, self.norms, self.bias)
        largest = [float(np.abs(table).max(initial=0.0)) for table in tables]
        errors = (self.linear_error, self.slant_error, self.bias_error, self.score_error)
        return (
            all(size == 0 or 1 / LARGEST <= size <= LARGEST for size in largest)
            and all(map(math.isfinite, errors))
            and self.score_error <= COARSEST
            and self.slants.shape[1] <= WIDEST
        )

    @abstractmethod
    def refined(self) -> "Tables | None":
        """The same tables with balls of the next precision; ``None`` after the last."""

    @abstractmethod
    def scores(self, start: int, stop: int) -> Float64[np.ndarray, "places tokens"]:
        """Attention logits minus one constant, of each token at each place; in range below 1.

        Args:
            start: the first place; for a RoPE head, places are distances back from the query.
            stop: one past the last.
        """

    @abstractmethod
    def score_balls(self, place: int) -> Sequence[arb]:
        """The same logits, for every token at one place, each in a ball."""

    @abstractmethod
    def linear_ball(self, token: int, kind: int) -> arb:
        """``K`` of a token and a class, in a ball."""

    @abstractmethod
    def slant_balls(self, token: int) -> Sequence[arb]:
        """``τ`` of a token, one ball per coordinate."""

    @abstractmethod
    def bias_ball(self, kind: int) -> arb:
        """``B`` of a class, in a ball."""


class PlainTables(Tables):
    """Tables that are given as floats and meant exactly as they stand.

    For one-layer models of any kind (learned positions, max-of-K): places are positions or
    distances, as the caller likes. One object is one head at one last token; ``prove_or_refute``
    takes one, ``prove_or_refute_several_heads`` a list whose values add up.

    Args:
        scores: attention logit of each token at each place, ``[places, tokens]``.
        values: class logits that attending to a token fully gives, ``[tokens, classes]``; the
            direct part (what the last token adds by itself) is included, with several heads in
            one of them.

    Raises:
        Refusal: an entry is not finite, or the two tables do not list the same tokens.
    """

    def __init__(
        self,
        scores: Float64[np.ndarray, "places tokens"],
        values: Float64[np.ndarray, "listed classes"],
        *,
        bits: int = PRECISIONS[0],
    ) -> None:
        if not (np.isfinite(scores).all() and np.isfinite(values).all()):
            raise Refusal("a table holds NaN or infinite numbers: give finite ones")
        if scores.shape[1] != values.shape[0]:
            raise Refusal(
                f"the scores know {scores.shape[1]} tokens and the values {values.shape[0]}: "
                "give tables over the same tokens"
            )
        self._given, self._peak, self.bits = scores, float(scores.max()), bits
        self.linear = values
        self.slants = np.zeros((values.shape[0], 0))
        self.norms = np.zeros(values.shape[0])
        self.bias = np.zeros(values.shape[1])
        self.linear_error = self.slant_error = self.bias_error = 0.0
        self.score_error = 2 * UNIT * float(np.abs(scores).max())

    def refined(self) -> "PlainTables | None":
        """See ``Tables.refined``."""
        bits = next_precision(self.bits)
        return None if bits is None else PlainTables(self._given, self.linear, bits=bits)

    def scores(self, start: int, stop: int) -> Float64[np.ndarray, "places tokens"]:
        """The given scores minus the largest; see ``Tables.scores``."""
        block: Float64[np.ndarray, "places tokens"] = self._given[start:stop] - self._peak
        return block

    def score_balls(self, place: int) -> Sequence[arb]:
        """See ``Tables.score_balls``."""
        with ctx.workprec(self.bits):
            return [arb(score) - arb(self._peak) for score in self._given[place].tolist()]

    def linear_ball(self, token: int, kind: int) -> arb:
        """See ``Tables.linear_ball``."""
        return arb(float(self.linear[token, kind]))

    def slant_balls(self, token: int) -> Sequence[arb]:
        """See ``Tables.slant_balls``."""
        return ()

    def bias_ball(self, kind: int) -> arb:
        """See ``Tables.bias_ball``."""
        return arb(0)


def next_precision(bits: int) -> int | None:
    """The precision after one; ``None`` after the last."""
    finer = [precision for precision in PRECISIONS if precision > bits]
    return finer[0] if finer else None


class Turns:
    """Cosines and sines of distance × angle, for blocks of distances.

    ``cos((s + r)θ) = cos sθ cos rθ − sin sθ sin rθ``, with all four factors from balls rounded to
    floats (2u each): the sum errs by at most 8u and two products and a subtraction by 3u, 11u in
    all, at any distance, as long as the balls are narrow: those of angles up to a radian are, and
    those of exact angles.

    Args:
        angles: radians per position.
        bits: precision of the balls.
    """

    ERROR = 12 * UNIT
    SPAN = 1024

    def __init__(self, angles: Sequence[arb], bits: int = PRECISIONS[0]) -> None:
        self.angles, self.bits = angles, bits
        self._inner = np.zeros((0, 2 * len(angles)))

    def block(self, start: int, stop: int) -> Float64[np.ndarray, "distances turns"]:
        """Cosines of every angle, then sines, for distances from ``start`` to before ``stop``."""
        parts = []
        for first in range(start, stop, self.SPAN):
            cos, sin = np.hsplit(self._exact([first]), 2)
            c, s = np.hsplit(self._first(min(self.SPAN, stop - first)), 2)
            parts.append(np.hstack([cos * c - sin * s, sin * c + cos * s]))
        block: Float64[np.ndarray, "distances turns"] = np.vstack(parts)
        return block

    def _first(self, count: int) -> np.ndarray:
        """Those of the distances below a count, of which as many are kept as were needed."""
        known = len(self._inner)
        if known < count:
            self._inner = np.vstack([self._inner, self._exact(range(known, count))])
        return self._inner[:count]

    @lru_cache(maxsize=1 << 14)  # noqa: B019 - lives as long as the model it belongs to
    def balls(self, distance: int) -> arb_mat:
        """A column: cosines of every angle, sines, and a one."""
        with ctx.workprec(self.bits):
            pairs = [(angle * distance).sin_cos() for angle in self.angles]
            column = [cos for _, cos in pairs] + [sin for sin, _ in pairs] + [arb(1)]
            return arb_mat(len(column), 1, column)

    def _exact(self, distances: Sequence[int]) -> np.ndarray:
        rows = [self.balls(distance).entries()[:-1] for distance in distances]
        if any(ball.rad() > UNIT for row in rows for ball in row):
            raise ValueError(f"an angle is not known well enough at distance {distances[-1]}")
        return np.array([[centre(ball) for ball in row] for row in rows])
