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

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from flint import arb, arb_mat, ctx
from jaxtyping import Float64

from empirical.certificates.arithmetic.rounding import BITS, UNIT, centre
from theory.refusal import Refusal


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
    """

    linear: Float64[np.ndarray, "tokens classes"]
    slants: Float64[np.ndarray, "tokens slant"]
    norms: Float64[np.ndarray, " tokens"]
    bias: Float64[np.ndarray, " classes"]
    linear_error: float
    slant_error: float
    bias_error: float
    score_error: float

    @abstractmethod
    def scores(self, start: int, stop: int) -> Float64[np.ndarray, "places tokens"]:
        """Attention logits minus one constant, never above 1, of each token at each place.

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
    distances, as the caller likes. One object is one head at one last token;
    ``branch_and_bound.decide`` takes one, ``several_heads.decide_heads`` a list whose values add
    up.

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
    ) -> None:
        if not (np.isfinite(scores).all() and np.isfinite(values).all()):
            raise Refusal("a table holds NaN or infinite numbers: give finite ones")
        if scores.shape[1] != values.shape[0]:
            raise Refusal(
                f"the scores know {scores.shape[1]} tokens and the values {values.shape[0]}: "
                "give tables over the same tokens"
            )
        self._given, self._peak = scores, float(scores.max())
        self.linear = values
        self.slants = np.zeros((values.shape[0], 0))
        self.norms = np.zeros(values.shape[0])
        self.bias = np.zeros(values.shape[1])
        self.linear_error = self.slant_error = self.bias_error = 0.0
        self.score_error = 2 * UNIT * float(np.abs(scores).max())

    def scores(self, start: int, stop: int) -> Float64[np.ndarray, "places tokens"]:
        """The given scores minus the largest; see ``Tables.scores``."""
        block: Float64[np.ndarray, "places tokens"] = self._given[start:stop] - self._peak
        return block

    def score_balls(self, place: int) -> Sequence[arb]:
        """See ``Tables.score_balls``."""
        with ctx.workprec(BITS):
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


class Turns:
    """Cosines and sines of distance × angle, for blocks of distances.

    ``cos((s + r)θ) = cos sθ cos rθ − sin sθ sin rθ``, with all four factors from balls rounded to
    floats (2u each): the sum errs by at most 8u and two products and a subtraction by 3u, 11u in
    all, at any distance.

    Args:
        angles: radians per position.
    """

    ERROR = 12 * UNIT
    SPAN = 1024

    def __init__(self, angles: Sequence[arb]) -> None:
        self.angles = angles
        self._inner = self._exact(range(self.SPAN))

    def block(self, start: int, stop: int) -> Float64[np.ndarray, "distances turns"]:
        """Cosines of every angle, then sines, for distances from ``start`` to before ``stop``."""
        parts = []
        for first in range(start, stop, self.SPAN):
            (cos, sin), (c, s) = (
                np.hsplit(rows, 2)
                for rows in (self._exact([first]), self._inner[: min(self.SPAN, stop - first)])
            )
            parts.append(np.hstack([cos * c - sin * s, sin * c + cos * s]))
        block: Float64[np.ndarray, "distances turns"] = np.vstack(parts)
        return block

    @lru_cache(maxsize=1 << 14)  # noqa: B019 - lives as long as the model it belongs to
    def balls(self, distance: int) -> arb_mat:
        """A column: cosines of every angle, sines, and a one."""
        with ctx.workprec(BITS):
            pairs = [(angle * distance).sin_cos() for angle in self.angles]
            column = [cos for _, cos in pairs] + [sin for sin, _ in pairs] + [arb(1)]
            return arb_mat(len(column), 1, column)

    def _exact(self, distances: Sequence[int]) -> np.ndarray:
        rows = [[centre(ball) for ball in self.balls(t).entries()[:-1]] for t in distances]
        return np.array(rows)
