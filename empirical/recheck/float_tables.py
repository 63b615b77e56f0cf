"""The tables of a model of one block in floats, with bounds: for the passes over many lengths.

Forms and products of streams come from balls and are held between two floats. Attention weights
are computed in floats from queries and keys, with a relative error for each token. ``README.md``
derives the constants.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from flint import arb, arb_mat, ctx

from empirical.recheck.float32 import NO_SLACK, Slack
from empirical.recheck.floats import (
    EXP_ERROR,
    TINY,
    UNIT,
    Bounds,
    Floats,
    bounds_of,
    down,
    exp_of_negative,
    root_up,
    up,
)
from empirical.recheck.tables import Block

NARROW = 2.0**-60
"""Radius of the ball of a cosine or sine, at most."""
BLOCK = 1 << 10
"""Distances in one block of cosines and sines."""
TURN_ERROR = 8
"""Of a cosine or sine, in u."""
SUBTRACTION = 2.0**-43
"""What subtracting the peak costs a score no more than 690 below it."""
MOST_SCORE_ERROR = 2.0**-7
"""Above it weights are not used in floats."""
ROOM = 1.02
"""Covers products of errors, and the rounding of errors themselves."""


@dataclass(frozen=True, eq=False)
class Rounded:
    """An array of floats and how far each may be from its number.

    Attributes:
        values: the floats.
        error: of each.
    """

    values: Floats
    error: Floats

    def row(self, index: int) -> "Rounded":
        """One row."""
        return Rounded(self.values[index], self.error[index])

    @property
    def size(self) -> Floats:
        """At least the size of each number."""
        return np.abs(self.values) + self.error


def rounded(rows: arb_mat | Sequence[Sequence[arb]]) -> Rounded:
    """The midpoints of balls in floats."""
    bounds = bounds_of(rows)
    values = bounds.low / 2 + bounds.high / 2
    return Rounded(values, up(np.maximum(values - bounds.low, bounds.high - values)))


@dataclass(frozen=True, eq=False)
class Weights:
    """Attention weights of one head and query: places × tokens, up to one common factor.

    A weight is its float to a part ``error`` of it, or the float is zero and the weight below
    ``floats.EXP_TINY``, but for a factor of two.

    Attributes:
        values: places × tokens, none above 1.
        error: relative, by token; infinite where floats do not tell.
        peak: the logit that the common factor takes off.
    """

    values: Floats
    error: Floats
    peak: float

    def lowered(self, forms: Floats, more: float = 0.0) -> Floats:
        """Forms less what the rounding of weights, products and sums may cost.

        A sum over an input of weight times lowered form, in floats and in any order, is no more
        than the sum of the weights times the forms, but for what is too small for floats.

        Args:
            forms: … × tokens.
            more: what else may be wrong of each product, relative.
        """
        sums = (self.values.shape[0] + 4) * UNIT
        share = ROOM * (self.error + sums + more)
        return down(forms - share * np.abs(forms))


class Forms:
    """What each token adds to a class less another, at least, for one query and head.

    Args:
        linear: ``K`` by token and class.
        bias: what the last biases add to each class.
        curve: norms and inner products of streams; none if no bias is left.
    """

    def __init__(self, linear: Bounds, bias: Bounds, curve: "Curve | None") -> None:
        self.linear, self.bias, self.curve = linear, bias, curve

    def against(
        self, answer: int, rivals: Sequence[int], slack: Slack, direction: Floats | None = None
    ) -> Floats:
        """At least what each token adds to an answer less each rival, per unit of weight.

        The bias term is bounded below by norms where the bias is negative; where it is positive, by
        inner products with a direction, by default that of the streams of the answer's and the
        rival's own tokens.

        Args:
            answer: the class that should be above.
            rivals: the classes that should be below.
            slack: how much further above.
            direction: masses of tokens, not negative, of one head.

        Returns:
            Rivals × tokens.
        """
        columns = list(rivals)
        gap: Floats = down(self.linear.low[:, [answer]] - self.linear.high[:, columns]).T
        if self.curve is None:
            return gap
        real = down(self.bias.low[answer] - self.bias.high[columns])[:, None]
        bias = down(real - slack.bias)
        touched = self.curve.along(answer, columns)
        if direction is not None:
            touched = self.curve.along_masses(direction)
        forms: Floats = down(gap + down(bias * np.where(bias < 0, self.curve.norms, touched)))
        if slack == NO_SLACK:
            return forms
        above = up(self.linear.high[:, [answer]] - self.linear.low[:, columns]).T
        most = up(self.bias.high[answer] - self.bias.low[columns])[:, None]
        size = np.maximum(np.abs(gap), np.abs(above))
        late = up(np.maximum(np.abs(real), np.abs(most)) + slack.bias)
        granted = slack.weight * up(size + up(late * self.curve.norms)) + slack.linear
        return down(forms - up(up(granted)))

    def mixed(
        self, classes: Sequence[int], shares: Floats, rivals: Sequence[int], by: Floats
    ) -> Floats:
        """At least what each token adds to the sum of shares times a class less each rival.

        Args:
            classes: that have shares.
            shares: not negative, as many.
            rivals: other classes.
            by: how much less each class counts against each rival, in nats.

        Returns:
            Rivals × tokens.
        """
        columns = list(rivals)
        gap, bias = np.zeros((len(columns), len(self.linear.low))), np.zeros(len(columns))
        for kind, share in zip(classes, shares.tolist(), strict=True):
            over = down(self.linear.low[:, [kind]] - self.linear.high[:, columns]).T
            gap = down(gap + down(share * over))
            late = down(down(self.bias.low[kind] - self.bias.high[columns]) - by)
            bias = down(bias + down(share * late))
        if self.curve is None:
            return gap
        touched = self.curve.along(classes[int(shares.argmax())], columns)
        bent = down(bias[:, None] * np.where(bias[:, None] < 0, self.curve.norms, touched))
        forms: Floats = down(gap + bent)
        return forms


@dataclass(frozen=True, eq=False)
class Curve:
    """Norms and inner products of the streams of one query and head.

    Attributes:
        norms: at most, of the head's stream of each token.
        inner: of the head's stream of a token with the whole stream of another: [y, z].
        lengths: at most, of the sum of the whole streams of two tokens.
    """

    norms: Floats
    inner: Bounds
    lengths: Floats

    def along(self, answer: int, rivals: list[int]) -> Floats:
        """At least the inner products of streams with a vector of norm at most 1.

        The vector is the sum of the whole streams of the answer and a rival, over its length.

        Returns:
            Rivals × tokens.
        """
        sums = down(self.inner.low[:, [answer]] + self.inner.low[:, rivals])
        return down(sums.T / self.lengths[answer, rivals][:, None])

    def along_masses(self, masses: Floats) -> Floats:
        """The same along a sum of masses times streams, with one head.

        Args:
            masses: of every token, not negative.
        """
        rounding = 2 * (masses.size + 4) * UNIT
        products = self.inner.low * masses
        sums = products.sum(axis=1) - rounding * np.abs(products).sum(axis=1)
        squares = (self.inner.high * masses) * masses[:, None]
        square = squares.sum() + rounding * np.abs(squares).sum()
        return down(down(sums) / root_up(up(square)))


class Turns:
    """Cosines and sines of distances times angles, by adding an angle of the block.

    Args:
        angles: radians per position of each plane.
        precision: of the balls in which they are computed.
    """

    def __init__(self, angles: Sequence[arb], precision: int) -> None:
        self._angles, self._precision = angles, precision
        self._inner = self._rounded(range(1))

    def turned(self, query: Floats, start: int, stop: int) -> Floats:
        """A query as it meets keys at distances from ``start`` to before ``stop``.

        ``stop − start`` is at most ``BLOCK``.

        Returns:
            Distances × channels.
        """
        if self._inner.shape[1] < stop - start:
            self._inner = self._rounded(range(BLOCK if start else stop - start))
        cos, sin = self._inner[:, : stop - start]
        if start:
            first_cos, first_sin = self._rounded(range(start, start + 1))
            cos, sin = first_cos * cos - first_sin * sin, first_sin * cos + first_cos * sin
        rotary = self.rotary
        even, odd = query[0:rotary:2], query[1:rotary:2]
        turned = np.empty((stop - start, query.size))
        turned[:, 0:rotary:2] = even * cos - odd * sin
        turned[:, 1:rotary:2] = odd * cos + even * sin
        turned[:, rotary:] = query[rotary:]
        return turned

    @property
    def rotary(self) -> int:
        """Channels that are turned."""
        return 2 * len(self._angles)

    def _rounded(self, distances: range) -> Floats:
        """Cosines and sines: 2 × distances × planes; not a number where balls are too wide."""
        with ctx.workprec(self._precision):
            turns = [[(angle * t).sin_cos() for angle in self._angles] for t in distances]
            cos = [[_nearest(c) for _, c in row] for row in turns]
            sin = [[_nearest(s) for s, _ in row] for row in turns]
        return np.array([cos, sin])


def _nearest(ball: arb) -> float:
    """The float at the middle of a ball, to u of one; not a number if the ball is wider."""
    return float(ball.mid()) if ball.rad() < NARROW else math.nan


def attention_weights(
    query: Rounded, keys: Rounded, turns: Turns, length: int, allowed: np.ndarray | None = None
) -> Weights:
    """The attention weights of a query for every key at every distance.

    Args:
        query: one row, over the root of the head's dimension.
        keys: keys × channels.
        turns: of the planes.
        length: the number of distances, from 0.
        allowed: distances × keys: which weights are asked for, so that one is 1; others are zero,
            whatever they are. By default all.
    """
    table = np.empty((length, len(keys.values)))
    blocks = [slice(start, min(length, start + BLOCK)) for start in range(0, length, BLOCK)]
    for block in blocks:
        turned = turns.turned(query.values, block.start, block.stop)
        table[block] = sum(
            turned[:, channel, None] * keys.values[:, channel]
            for channel in range(query.values.size)
        )
    error = _score_error(query, keys, turns.rotary)
    asked = np.ones(table.shape, dtype=bool) if allowed is None else allowed
    peak = table.max(where=asked, initial=-np.inf)
    if not (np.isfinite(peak) and np.isfinite(table.min())):
        return Weights(np.zeros_like(table), np.full_like(error, np.inf), math.nan)
    for block in blocks:
        below = np.where(asked[block], table[block] - peak, -np.inf)
        table[block] = exp_of_negative(below)
    relative = ROOM * (error + SUBTRACTION + EXP_ERROR)
    known = np.where(error <= MOST_SCORE_ERROR, relative, np.inf)
    return Weights(table, known, float(peak))


class FloatTables:
    """The tables of a block in floats.

    Args:
        block: the same in balls.
    """

    def __init__(self, block: Block) -> None:
        self.block, self.config = block, block.config
        with ctx.workprec(block.precision):
            self._direct = bounds_of(block.direct_forms)
            self._written = [bounds_of(forms) for forms in block.written_forms]
            self._bias = bounds_of([block.bias])[0]
            self._queries = [rounded(_over(rows, block.root)) for rows in block.queries]
            self._keys = [rounded(rows) for rows in block.keys]
        self._turns = Turns(block.angles, block.precision)
        self._biased = any(bias != block.bias[0] for bias in block.bias)
        self.every_head = lru_cache(maxsize=1)(self._every_head)

    @cached_property
    def _products(self) -> "_Products":
        return _Products(self.block)

    def forms(self, head: int, query: int, slack: Slack) -> Forms:
        """The forms of one head and query; ``slack`` is what they will be asked for."""
        own = _shared(self._direct[query], self.config.heads)
        curved = self._biased or slack != NO_SLACK
        curve = self._products.curve(head, query) if curved else None
        return Forms(self._written[head] + own, self._bias, curve)

    def weights(
        self, head: int, query: int, length: int, allowed: np.ndarray | None = None
    ) -> Weights:
        """The attention weights of tokens at every place of inputs of a length.

        Args:
            head: of the block.
            query: the token at place 0.
            length: tokens per input.
            allowed: places × tokens: which may stand; see ``attention_weights``.
        """
        row = self._queries[head].row(query)
        return attention_weights(row, self._keys[head], self._turns, length, allowed)

    def _every_head(self, query: int, length: int) -> list[Weights]:
        """The same of every head."""
        return [self.weights(head, query, length) for head in range(self.config.heads)]


class _Products:
    """Inner products of the streams of tokens, over the width, between floats.

    With D the query's own stream, W_h what head h writes of a token, and W their sum over the
    heads: the stream of head h and token y is ``D/H + W_h(y)``, the whole stream of y ``D + W(y)``.
    """

    def __init__(self, block: Block) -> None:
        self.heads = block.config.heads
        heads, tokens = range(1, self.heads + 1), range(block.config.tokens)
        with ctx.workprec(block.precision):
            parts = block.products
            rows = [_sum(parts[h][k] for k in heads) for h in heads]
            self.own = bounds_of([[parts[0][0][q, q] + block.epsilon for q in tokens]])[0]
            self.own_head = [bounds_of(parts[0][h]) for h in heads]
            self.own_sum = bounds_of(_sum(parts[0][h] for h in heads))
            self.head_head = [bounds_of([[parts[h][h][y, y] for y in tokens]])[0] for h in heads]
            self.head_sum = [bounds_of(row) for row in rows]
            self.sum_sum = bounds_of(_sum(rows))

    def curve(self, head: int, query: int) -> Curve:
        """Norms and inner products of one query and head."""
        own_head, own_sum = self.own_head[head][query], self.own_sum[query]
        own = self.own[[query]]
        twice = _shared(own_head + own_head, self.heads)
        squares = _shared(_shared(own, self.heads), self.heads) + twice + self.head_head[head]
        inner = self.head_sum[head] + _shared(own + own_sum, self.heads) + own_head[:, None]
        # The Gram matrix of whole streams, and from it the lengths of sums of two.
        gram = self.sum_sum + (own + own_sum) + own_sum[:, None]
        diagonal = Bounds(np.diag(gram.low), np.diag(gram.high))
        sums = (gram + gram) + diagonal + diagonal[:, None]
        return Curve(root_up(squares.high), inner, root_up(sums.high))


def _score_error(query: Rounded, keys: Rounded, rotary: int) -> Floats:
    """How far the score of each key may be from its number, at any distance."""
    size, error = query.size, query.error.copy()
    pairs = size[0:rotary:2] + size[1:rotary:2]
    pair_errors = error[0:rotary:2] + error[1:rotary:2]
    size[:rotary], error[:rotary] = np.repeat(pairs, 2), np.repeat(pair_errors, 2)
    operations = size.size + TURN_ERROR + 5
    rounding = operations * UNIT * (size * keys.size).sum(axis=1)
    stored = (error * keys.size + size * keys.error).sum(axis=1)
    error_of_scores: Floats = 2 * (rounding + stored) + TINY
    return error_of_scores


def _over(rows: Sequence[Sequence[arb]], divisor: arb) -> list[list[arb]]:
    return [[x / divisor for x in row] for row in rows]


def _shared(bounds: Bounds, heads: int) -> Bounds:
    """One head's share."""
    return Bounds(down(bounds.low / heads), up(bounds.high / heads))


def _sum(matrices: Iterable[arb_mat]) -> arb_mat:
    total, *rest = matrices
    for matrix in rest:
        total = total + matrix
    return total
