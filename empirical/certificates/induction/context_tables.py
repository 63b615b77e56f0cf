"""What a two-layer attention-only model makes of each bigram, as finite tables.

With one head per layer, tokens a b at positions j − 1, j leave in the first layer's stream

    ``x_b + (w₀ OV x_b + w₁ OV x_a) / (w₀ + w₁) + ε·e``,  e in the convex hull of ``OV x_t − mix``,

where ``mix`` is the fraction, ``w₀, w₁`` the exponentials of the scores of b for itself and for a,
and ``ε = W / (w₀ + w₁ + W)`` the *leak*, W what all tokens further back weigh together. The first
position has no a and no leak. What the second layer and the logits read is linear in this stream
once it is divided by its scale, LayerNorm's ``√(variance + ε₀)``. Source: the module's own algebra.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

import numpy as np
from flint import arb, arb_mat, ctx
from jaxtyping import Float64

from empirical.certificates.arithmetic.rounding import BITS, UNIT, centre
from empirical.certificates.one_layer.gptj import angle_balls
from empirical.certificates.one_layer.tables import Turns
from empirical.files.checkpoint import Checkpoint
from theory.refusal import Refusal

WIDEST = 1 << 10
"""Dimensions up to which the count behind ``bigram_paths.SLACK`` holds."""
MLP = tuple(
    f"transformer.h.{layer}.mlp.fc_out.{part}" for layer in (0, 1) for part in ("weight", "bias")
)


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear map, taken of every part of a stream.

    Attributes:
        contexts: of each context's centred stream at no leak.
        mixes: of the part of it that attention wrote.
        values: of ``OV x_t``, by token.
        constant: what the second LayerNorm's shift adds.
        reach: no sum of one row of each of the first three is longer than this.
    """

    contexts: Float64[np.ndarray, "contexts image"]
    mixes: Float64[np.ndarray, "contexts image"]
    values: Float64[np.ndarray, "tokens image"]
    constant: Float64[np.ndarray, " image"]
    reach: float = field(init=False)

    def __post_init__(self) -> None:
        """Add up the longest rows."""
        parts = (self.contexts, self.mixes, self.values)
        longest = sum(float(np.sqrt((part**2).sum(axis=1).max())) for part in parts)
        object.__setattr__(self, "reach", longest)


class TwoLayerTables:
    """A checkpoint's tables. Context ``a · tokens + b`` is b after a; a = ``tokens`` is nothing.

    Args:
        checkpoint: two blocks of one head each, with MLPs at zero.

    Attributes:
        tokens: how many.
        amplitudes: of cosines, sines and the unrotated part of the first layer's scores,
            ``[query, key, terms]``.
        peak: no score of the first layer is above it.
        near: ``w₀ + w₁`` over ``exp(peak)``, by context.
        stream: the centred stream and its parts.
        scale: LayerNorm's divisor, by context.
        query: the second layer's query over the root of the head's dimension.
        key: its key.
        write: what its head writes, centred.
        form: the logits of that at unit scale.
        direct: the logits of the stream itself at unit scale; no constant.
        bias: what the last biases add to each class.
        turns: cosines and sines of the rotary angles.
        turning: the angles, in radians per position.

    Raises:
        Refusal: another shape.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        config, path = checkpoint.config, checkpoint.path
        if (config.n_layer, config.n_head) != (2, 1):
            raise Refusal(
                f"{path} has {config.n_layer} layers of {config.n_head} heads: certificates of "
                "induction are for two layers of one head"
            )
        if config.n_embd > WIDEST:
            raise Refusal(f"{path} is {config.n_embd} wide: certify a model of at most {WIDEST}")
        if any(checkpoint.weights[name].any() for name in MLP):
            raise Refusal(
                f"{path} has MLPs: two layers are certified for attention alone, with fc_out at 0"
            )
        self.config, self.tokens, self._weights = config, config.vocab_size, checkpoint.weights
        with ctx.workprec(BITS):
            angles = angle_balls(config)
            self.turns = Turns(angles)
            self.turning = np.array([centre(angle) for angle in angles])
            self.ground = arb(float(config.layer_norm_epsilon))
            self._first_layer()
            self._second_layer()

    def _matrix(self, name: str) -> arb_mat:
        rows = np.atleast_2d(self._weights[name]).astype(float)
        return arb_mat(rows.shape[0], rows.shape[1], [arb(x) for x in rows.ravel().tolist()])

    def _attention(self, layer: int) -> tuple[arb_mat, arb_mat, arb_mat]:
        """Query over √dimension, key, and value through output, as maps of rows."""
        block = f"transformer.h.{layer}.attn"
        query, key, value, out = (
            self._matrix(f"{block}.{n}_proj.weight").transpose() for n in ("q", "k", "v", "out")
        )
        return query * (arb(1) / self.config.head_dim).sqrt(), key, value * out

    def _first_layer(self) -> None:
        self._embedding = self._matrix("transformer.wte.weight")
        normed = self._normed(_centred(self._embedding), 0)
        query, key, write = self._attention(0)
        self._written, keys = normed * write, (normed * key).tolist()
        self._amplitudes = [[self._products(q, k) for k in keys] for q in (normed * query).tolist()]
        shape = (self.tokens, self.tokens, -1)
        flat = [x for row in self._amplitudes for terms in row for x in terms]
        self.amplitudes = np.array(_rounded(flat)).reshape(shape)
        self.peak = 2.0 + float(np.abs(self.amplitudes).sum(axis=2).max())
        rows, written, near = self._embedding.tolist(), self._written.tolist(), []
        mixes = []
        for before, token in product(range(self.tokens + 1), range(self.tokens)):
            total, mix = self._weight(token, token, 0), written[token]
            if before < self.tokens:
                other = self._weight(token, before, 1)
                both = zip(mix, written[before], strict=True)
                mix = [(total * x + other * y) / (total + other) for x, y in both]
                total += other
            near += _rounded([total])
            mixes.append(mix)
        self.near = np.array(near)
        streams = arb_mat(
            [
                [x + y for x, y in zip(rows[k % self.tokens], mix, strict=True)]
                for k, mix in enumerate(mixes)
            ]
        )
        self._parts = _centred(streams), _centred(arb_mat(mixes)), _centred(self._written)

    def _second_layer(self) -> None:
        query, key, write = self._attention(1)
        gain = self._matrix("transformer.h.1.ln_1.weight")
        shift = self._matrix("transformer.h.1.ln_1.bias")
        head = self._matrix("lm_head.weight")
        classes = _centred(_times(head, self._matrix("transformer.ln_f.weight"))).transpose()
        carried = head * self._matrix("transformer.ln_f.bias").transpose()
        self._maps, self._classes = (query, key, _centred(write)), classes
        self._biases = (carried + self._matrix("lm_head.bias").transpose()).entries()
        self.bias = np.array(_rounded(self._biases))
        scales = [self._scale(row) for row in self._parts[0].tolist()]
        self.scale = np.array([x for scale in scales for x in _rounded([scale])])
        nothing = arb_mat(1, self.config.n_embd)
        gained = [_times(part, gain) for part in self._parts]

        def linear(parts: tuple[arb_mat, ...] | list[arb_mat], by: arb_mat, at: arb_mat) -> Linear:
            contexts, mixes, values = (_floats(part * by) for part in parts)
            return Linear(contexts, mixes, values, _floats(at * by)[0])

        self.query, self.key, self.write = (linear(gained, by, shift) for by in self._maps)
        self.form = linear(gained, self._maps[2] * classes, shift)
        self.direct = linear(self._parts, classes, nothing)
        one = arb_mat([[arb(i == j) for j in range(gain.ncols())] for i in range(gain.ncols())])
        self.stream = linear(self._parts, one, nothing)

    def _normed(self, centred: arb_mat, layer: int) -> arb_mat:
        gain, shift = (self._matrix(f"transformer.h.{layer}.ln_1.{n}") for n in ("weight", "bias"))
        rows = [
            [x / scale for x in row] for row in centred.tolist() for scale in [self._scale(row)]
        ]
        return _times(arb_mat(rows), gain) + arb_mat([shift.entries()] * len(rows))

    def _scale(self, centred: list[arb]) -> arb:
        return (sum((x * x for x in centred), arb(0)) / len(centred) + self.ground).sqrt()

    def _products(self, q: list[arb], k: list[arb]) -> list[arb]:
        """Amplitudes of the cosines and of the sines of a score, and its unrotated part."""
        rotary = self.config.rotary_dim
        pairs = [(q[f], q[f + 1], k[f], k[f + 1]) for f in range(0, rotary, 2)]
        cosines = [qe * ke + qo * ko for qe, qo, ke, ko in pairs]
        sines = [qe * ko - qo * ke for qe, qo, ke, ko in pairs]
        return [*cosines, *sines, _dot(q[rotary:], k[rotary:])]

    @lru_cache(maxsize=1 << 18)  # noqa: B019 - lives as long as the model
    def _weight(self, query: int, key: int, distance: int) -> arb:
        """A weight of the first layer over ``exp(peak)``, in a ball."""
        turns = self.turns.balls(distance).entries()
        return (_dot(self._amplitudes[query][key], turns) - arb(self.peak)).exp()

    def margin(self, sequence: tuple[int, ...], answer: int, rival: int) -> arb:
        """The logit difference at the last position of one input, in a ball.

        Args:
            sequence: token ids, first to last.
            answer: the class that gains.
            rival: the class that is subtracted.
        """
        with ctx.workprec(BITS):
            length = len(sequence)
            rows = []
            for j, token in enumerate(sequence):
                weights = [self._weight(token, sequence[i], j - i) for i in range(j + 1)]
                total = sum(weights, arb(0))
                rows.append([w / total for w in weights] + [arb(0)] * (length - 1 - j))
            embedding, written = self._embedding.tolist(), self._written.tolist()
            stream = arb_mat([embedding[y] for y in sequence])
            stream = _centred(stream + arb_mat(rows) * arb_mat([written[y] for y in sequence]))
            normed = self._normed(stream, 1)
            last = arb_mat([normed.tolist()[-1]]) * self._maps[0]
            keys, total, read = (normed * self._maps[1]).tolist(), arb(0), stream.tolist()[-1]
            weights = []
            for j, key in enumerate(keys):
                turns = self.turns.balls(length - 1 - j).entries()
                weights.append(_dot(self._products(last.entries(), key), turns).exp())
            total = sum(weights, arb(0))
            wrote = arb_mat([[w / total for w in weights]]) * normed * self._maps[2]
            read = [x + y for x, y in zip(read, wrote.entries(), strict=True)]
            logits = (arb_mat([read]) * self._classes).entries()
            gap = (logits[answer] - logits[rival]) / self._scale(read)
            return gap + self._biases[answer] - self._biases[rival]


def _centred(matrix: arb_mat) -> arb_mat:
    """Rows minus their mean."""
    rows = matrix.tolist()
    means = [sum(row, arb(0)) / len(row) for row in rows]
    return arb_mat([[x - mean for x in row] for row, mean in zip(rows, means, strict=True)])


def _times(matrix: arb_mat, gain: arb_mat) -> arb_mat:
    """Columns times the entries of a row."""
    scales = gain.entries()
    return arb_mat([[x * g for x, g in zip(row, scales, strict=True)] for row in matrix.tolist()])


def _dot(left: list[arb], right: list[arb]) -> arb:
    return sum((x * y for x, y in zip(left, right, strict=True)), arb(0))


def _floats(matrix: arb_mat) -> Float64[np.ndarray, "rows columns"]:
    return np.array(_rounded(matrix.entries())).reshape(matrix.nrows(), matrix.ncols())


def _rounded(balls: list[arb]) -> list[float]:
    """Floats at the midpoints of balls; no numbers where one is not known to a unit of rounding.

    What is said of rounding counts it in units of the largest of these numbers, and as of one
    rounding; scores that leave weights open, say, have wide balls.
    """
    largest = max((abs(ball.mid()) for ball in balls), default=arb(0))
    known = all(ball.rad() <= UNIT * largest for ball in balls)
    return [centre(ball) if known else math.nan for ball in balls]
