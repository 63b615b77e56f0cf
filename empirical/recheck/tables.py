"""The tables of a model of one block, in balls.

Everything is computed from the stored weights in FLINT's ball arithmetic: a ball holds the real
number for certain, whatever was rounded on the way. ``README.md`` derives the algebra; in short,
for head h, query q, token y and class c,

- ``score``: the attention logit of y at a distance from q;
- ``form``: ``K`` of y and c, the class's linear form of the stream that q and y make together;
- ``gram``: the inner product of two such streams over the width, with ε at unit weights;
- ``bias``: what the last biases add to c.
"""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from operator import mul
from typing import TypeAlias

import numpy as np
from flint import arb, arb_mat, ctx

from empirical.recheck.checkpoint import Model, parts_of
from empirical.recheck.config import Activation, Config
from empirical.recheck.parts import Affine

PRECISION = 128
"""Bits of a ball at first."""
KEPT = 1 << 18
"""Balls of one kind that are kept once computed."""

Balls: TypeAlias = list[arb]


class Block:
    """The tables of one block at one precision.

    Args:
        checkpoint: a model of one block.
        precision: bits of a ball's midpoint.
    """

    def __init__(self, checkpoint: Model, precision: int = PRECISION) -> None:
        self.config, self.precision = checkpoint.config, precision
        self.checkpoint = checkpoint
        self.turned_query = lru_cache(KEPT // checkpoint.config.width)(self._turned_query)
        self.score = lru_cache(KEPT)(self._score)
        self.attention = lru_cache(KEPT)(self._attention)
        self.gram = lru_cache(KEPT)(self._gram)
        with ctx.workprec(precision):
            self._build()

    @cached_property
    def finer(self) -> "Block":
        """The same at twice the precision."""
        return Block(self.checkpoint, 2 * self.precision)

    def _build(self) -> None:
        config, parts = self.config, parts_of(self.checkpoint)
        embedding = exact(parts.embedding)
        apart = _standardised(embedding if config.rms else centred(embedding), config.epsilon)
        normed = _gained(apart, parts.attention_norm)
        self.queries = self._by_head(_mapped(normed, parts.query))
        self.keys = self._by_head(_mapped(normed, parts.key))
        if parts.query_gain is not None and parts.key_gain is not None:
            self.queries = _normed_heads(self.queries, parts.query_gain, config.epsilon)
            self.keys = _normed_heads(self.keys, parts.key_gain, config.epsilon)
        # Weights of attention add up to 1, so that a bias of values is in each of them.
        self.normed, self.values = normed, self._by_head(_mapped(normed, parts.value))
        out = exact(parts.output.weight).transpose().tolist()
        written = [
            arb_mat(value) * arb_mat(out[h * config.dimension : (h + 1) * config.dimension])
            for h, value in enumerate(self.values)
        ]
        hidden = _mapped(_gained(apart, parts.mlp_norm), parts.inner)
        activate = ACTIVATIONS[config.activation]
        active = arb_mat([[activate(x) for x in row] for row in hidden.tolist()])
        self.hidden, self.active = hidden, active
        mlp = add_row(_mapped(active, parts.outer), exact(parts.output.bias))
        self.direct, self.written = embedding + mlp, written
        whole = [self.direct, *written]
        self.streams = whole if config.rms else [centred(part) for part in whole]
        gain = exact(parts.last_norm.weight).entries()
        head = exact(parts.head.weight)
        readout = arb_mat([list(map(mul, row, gain)) for row in head.tolist()]).transpose()
        self.direct_forms, *self.written_forms = (part * readout for part in self.streams)
        carried = head * exact(parts.last_norm.bias).transpose()
        self.bias = (carried + exact(parts.head.bias).transpose()).entries()
        self.angles = angles(config)
        self.epsilon = arb(config.epsilon)
        self.root = arb(config.dimension).sqrt()

    def _by_head(self, rows: arb_mat) -> list[list[Balls]]:
        """Rows cut into heads, heads first."""
        size = self.config.dimension
        return [
            [row[h * size : (h + 1) * size] for row in rows.tolist()]
            for h in range(self.config.heads)
        ]

    def _turned_query(self, head: int, query: int, distance: int) -> Balls:
        """A query as it meets keys at a distance, over the root of the dimension."""
        row = turned(self.queries[head][query], self.angles, distance)
        return [x / self.root for x in row]

    def _score(self, head: int, query: int, token: int, distance: int) -> arb:
        """The attention logit of a token at a distance from the query."""
        return dot(self.turned_query(head, query, distance), self.keys[head][token])

    def _attention(self, head: int, query: int, token: int, distance: int) -> arb:
        """The unnormalised weight of a token, in units of the query's own at distance 0."""
        own = self.score(head, query, query, 0)
        return (self.score(head, query, token, distance) - own).exp()

    def form(self, head: int, query: int, token: int, kind: int) -> arb:
        """``K`` of a token and a class; the query's own part is shared out among the heads."""
        own: arb = self.direct_forms[query, kind] / self.config.heads
        return own + self.written_forms[head][token, kind]

    @cached_property
    def products(self) -> list[list[arb_mat]]:
        """Inner products over the width of all streams, by pairs of part.

        Part 0 is what a query adds itself, part h + 1 what head h writes of a token.
        """
        with ctx.workprec(self.precision):
            width = self.config.width
            return [[one * two.transpose() / width for two in self.streams] for one in self.streams]

    def along(self, query: int, masses: Sequence[tuple[int, int, arb]]) -> tuple[list[Balls], arb]:
        """Every stream beside a sum of masses times streams.

        Args:
            query: the token at place 0.
            masses: head, token and mass of each.

        Returns:
            The inner product of each head's stream of each token with the sum, by head and token,
            and the norm of the sum; streams are those of ``gram``.
        """
        heads, tokens, width = self.config.heads, self.config.tokens, self.config.width
        by_head = [[arb(0)] * tokens for _ in range(heads)]
        for head, token, mass in masses:
            by_head[head][token] += mass
        share = sum((mass for _, _, mass in masses), arb(0)) / heads
        own = self._own_streams[query]
        total = own * share
        for of_head, written in zip(by_head, self.streams[1:], strict=True):
            total += arb_mat([of_head]) * written
        column = total.transpose()
        with_own = (own * column)[0, 0] / width / heads + share * self.epsilon / heads
        inner = [
            [with_own + product / width for product in (written * column).entries()]
            for written in self.streams[1:]
        ]
        square = (total * column)[0, 0] / width + share * share * self.epsilon
        return inner, square.sqrt()

    @cached_property
    def _own_streams(self) -> list[arb_mat]:
        """What each query adds itself, as a row."""
        return [arb_mat([row]) for row in self.streams[0].tolist()]

    def _gram(self, query: int, one: tuple[int, int], two: tuple[int, int]) -> arb:
        """The inner product over the width of two streams, each of a (head, token), plus ε.

        The query's own stream and the root of ε are shared out evenly among the heads, so that
        products over one weight per head add up to LayerNorm's variance plus ε.
        """
        heads = self.config.heads
        (h, y), (k, z) = one, two
        own = self.products[0][0][query, query] / heads + self.epsilon / heads
        crossed = self.products[0][k + 1][query, z] + self.products[0][h + 1][query, y]
        total: arb = (own + crossed) / heads + self.products[h + 1][k + 1][y, z]
        return total


def stored(checkpoint: Model, name: str) -> arb_mat:
    """Stored weights as exact balls, a vector as one row."""
    return exact(checkpoint.weights[name])


def exact(array: np.ndarray) -> arb_mat:
    """Floats as exact balls, a vector as one row."""
    rows, columns = array.shape if array.ndim == 2 else (1, array.size)
    return arb_mat(rows, columns, [arb(x) for x in array.astype(float).ravel().tolist()])


def angles(config: Config) -> Balls:
    """Radians per position of each plane: the ladder, or the chosen angle."""
    if config.angle is not None:
        return [arb(config.angle)]
    return [arb(config.base) ** (-arb(2 * f) / config.rotary) for f in range(config.rotary // 2)]


def layer_norm(checkpoint: Model, rows: arb_mat, name: str) -> arb_mat:
    """LayerNorm of every row, with the stored gain and shift of that name."""
    affine = Affine(checkpoint.weights[f"{name}.weight"], checkpoint.weights[f"{name}.bias"])
    return _gained(_standardised(centred(rows), checkpoint.config.epsilon), affine)


def _standardised(rows: arb_mat, epsilon: float) -> arb_mat:
    """Rows over the divisor of their norm."""
    normed = []
    for row in rows.tolist():
        scale = divisor(row, epsilon)
        normed.append([x / scale for x in row])
    return arb_mat(normed)


def _gained(rows: arb_mat, affine: Affine) -> arb_mat:
    """Rows times a gain by channel, and a shift."""
    gain = exact(affine.weight).entries()
    scaled = arb_mat([[x * g for x, g in zip(row, gain, strict=True)] for row in rows.tolist()])
    return add_row(scaled, exact(affine.bias))


def _normed_heads(heads: list[list[Balls]], gain: np.ndarray, epsilon: float) -> list[list[Balls]]:
    """RMSNorm of every row of each head."""
    affine = Affine(gain, np.zeros(gain.size, np.float32))
    return [
        [list(row) for row in _gained(_standardised(arb_mat(rows), epsilon), affine).tolist()]
        for rows in heads
    ]


def _mapped(rows: arb_mat, affine: Affine) -> arb_mat:
    """What a map makes of each row."""
    return add_row(rows * exact(affine.weight).transpose(), exact(affine.bias))


def divisor(row: Balls, epsilon: float) -> arb:
    """The divisor of a norm: that of LayerNorm of a centred row, that of RMSNorm of any."""
    variance = dot(row, row) / len(row)
    scale: arb = (variance + epsilon).sqrt()
    return scale


def turned(row: Balls, angles: Balls, distance: int) -> Balls:
    """A query as it meets keys at a distance.

    Rotating query and key by their positions and multiplying is rotating the query by their
    distance: ``(q_e cos − q_o sin, q_o cos + q_e sin)`` for each pair (e, o) of channels.
    """
    pairs: Balls = []
    for plane, angle in enumerate(angles):
        sin, cos = (angle * distance).sin_cos()
        even, odd = row[2 * plane], row[2 * plane + 1]
        pairs += [even * cos - odd * sin, odd * cos + even * sin]
    return [*pairs, *row[len(pairs) :]]


def centred(matrix: arb_mat) -> arb_mat:
    """Rows less their mean."""
    rows = []
    for row in matrix.tolist():
        mean = sum(row, arb(0)) / len(row)
        rows.append([x - mean for x in row])
    return arb_mat(rows)


def add_row(matrix: arb_mat, row: arb_mat) -> arb_mat:
    """A matrix with one row added to each of its rows."""
    return matrix + arb_mat([row.entries()] * matrix.nrows())


def gelu(x: arb) -> arb:
    """``gelu_new``, the tanh form of GELU.

    The cube is a product: a power of a ball that holds zero is no number in FLINT.
    """
    inner = (2 / arb.pi()).sqrt() * (x + arb("0.044715") * x * x * x)
    return x / 2 * (1 + inner.tanh())


def gelu_of_erf(x: arb) -> arb:
    """GELU itself: a number times the chance that a standard normal one is below it."""
    return x / 2 * (-x / arb(2).sqrt()).erfc()


def relu(x: arb) -> arb:
    """A number, or zero where it is below."""
    return x.max(arb(0))


ACTIVATIONS: dict[Activation, Callable[[arb], arb]] = {
    Activation.GELU_TANH: gelu,
    Activation.GELU: gelu_of_erf,
    Activation.RELU: relu,
}


def dot(left: Sequence[arb], right: Sequence[arb]) -> arb:
    """The inner product of two rows."""
    return sum(map(mul, left, right), arb(0))
