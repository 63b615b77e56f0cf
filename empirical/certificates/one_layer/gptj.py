"""The tables of a one-block GPT-J or GPT-NeoX checkpoint, one for each head.

Everything that does not depend on the distance is computed in balls once and rounded to floats;
only scores have an error analysis of their own (``QueryTables``).
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from flint import arb, arb_mat, ctx
from jaxtyping import Float32, Float64

from empirical.certificates.arithmetic.rounding import PRECISIONS, UNIT, from_balls
from empirical.certificates.one_layer.block_weights import WeightAndBias, block_weights
from empirical.certificates.one_layer.tables import Tables, Turns, next_precision
from empirical.files.checkpoint import Checkpoint
from empirical.models.config import GPTJConfig
from empirical.models.gpt_neox import NeoXConfig
from empirical.models.llama import LlamaConfig
from empirical.models.one_plane import OnePlaneConfig
from theory.refusal import Refusal


class OneLayerModel:
    """A checkpoint's finite function, in balls.

    Embedding, LayerNorm, projections, MLP and unembedding of every token; rows are tokens.

    Args:
        checkpoint: one block.
        bits: precision of the balls.

    Raises:
        Refusal: another number of blocks.
    """

    def __init__(self, checkpoint: Checkpoint, bits: int = PRECISIONS[0]) -> None:
        config = checkpoint.config
        if config.n_layer != 1:
            raise Refusal(
                f"{checkpoint.path} has {config.n_layer} layers: certificates are for one layer"
            )
        self.config, self.bits = config, bits
        self._checkpoint = checkpoint
        self._refined: OneLayerModel | None = None
        with ctx.workprec(bits):
            self._build()

    def refined(self) -> "OneLayerModel | None":
        """The same with balls of the next precision; ``None`` after the last."""
        bits = next_precision(self.bits)
        if self._refined is None and bits:
            self._refined = OneLayerModel(self._checkpoint, bits)
        return self._refined

    def _build(self) -> None:
        width, weights = self.config.n_embd, block_weights(self._checkpoint)
        embedding = _matrix(weights.embedding)
        root = (arb(1) / width).sqrt()
        epsilon = arb(float(self.config.layer_norm_epsilon))
        rows = []
        apart = _centred if weights.centred else _as_it_is
        for row in apart(embedding).tolist():
            scale = (sum((x * x for x in row), arb(0)) / width + epsilon).rsqrt()
            rows.append([x * scale for x in row])
        read = _gained(rows, weights.attention_norm)
        self.queries = self._queries_or_keys(read, weights.query, weights.query_gain)
        self.keys = self._queries_or_keys(read, weights.key, weights.key_gain)
        dim, values = self.config.head_dim, _mapped(read, weights.value).tolist()
        out = _matrix(weights.output.weight).transpose().tolist()
        slices = [slice(h * dim, (h + 1) * dim) for h in range(self.config.n_head)]
        # A value's bias is written whole, as attention weights sum to one.
        written = [arb_mat([row[part] for row in values]) * arb_mat(out[part]) for part in slices]
        hidden = _mapped(_gained(rows, weights.mlp_norm), weights.hidden).tolist()
        activate = ACTIVATIONS[weights.activation]
        active = arb_mat([[activate(x) for x in row] for row in hidden])
        direct = _mapped(active, weights.written) + embedding
        direct = _shifted(direct, weights.output.bias)

        unembedding = _matrix(weights.unembedding.weight)
        last_gain = _matrix(weights.last_norm.weight).entries()
        weighted = arb_mat(
            [[x * g for x, g in zip(row, last_gain, strict=True)] for row in unembedding.tolist()]
        )
        forms = apart(weighted).transpose()
        self.direct_linear, self.written_linear = direct * forms, [w * forms for w in written]
        self.direct_slant = apart(direct) * root
        self.written_slant = [apart(w) * root for w in written]
        self.ground = epsilon.sqrt()
        carried = unembedding * _matrix(weights.last_norm.bias).transpose()
        self.bias = (carried + _matrix(weights.unembedding.bias).transpose()).entries()
        self.turns = Turns(angle_balls(self.config), self.bits)

    def _queries_or_keys(
        self,
        read: arb_mat,
        projection: WeightAndBias,
        gain: Float32[np.ndarray, " channels"] | None,
    ) -> list[list[arb]]:
        """All heads' queries or keys side by side, with the norm of each head where it has one."""
        rows: list[list[arb]] = _mapped(read, projection).tolist()
        if gain is None:
            return rows
        dim, epsilon = self.config.head_dim, arb(float(self.config.layer_norm_epsilon))
        gains = _matrix(gain).entries()
        for row in rows:
            for start in range(0, len(row), dim):
                mine = row[start : start + dim]
                scale = (sum((x * x for x in mine), arb(0)) / dim + epsilon).rsqrt()
                row[start : start + dim] = [x * scale * g for x, g in zip(mine, gains, strict=True)]
        return rows

    def tables(self, query: int, head: int = 0) -> "QueryTables":
        """The tables of one query token and one head."""
        return QueryTables(self, query, head)


class QueryTables(Tables):
    """See ``Tables``. Places are distances.

    A score is the inner product of 2m amplitudes with cosines and sines, plus the unrotated
    part. Let S be the largest sum of absolute amplitudes of a token: rounding the amplitudes costs
    ``amplitude_error`` per term, the turns ``12u·S``, and the sum of 2m + 2 terms (2m + 2)·u·S.

    Args:
        model: the checkpoint.
        query: the token at distance 0.
        head: which; the direct part and the ground of the stream are shared out evenly.
    """

    def __init__(self, model: OneLayerModel, query: int, head: int) -> None:
        self.bits = model.bits
        self._model, self._query, self._head = model, query, head
        # What overflows here is out of range, and says so.
        with ctx.workprec(self.bits), np.errstate(over="ignore", invalid="ignore"):
            self._amplitudes = self._amplitude_balls()
            self._measure_scores()
            self._fill()

    def refined(self) -> "QueryTables | None":
        """See ``Tables.refined``."""
        model = self._model.refined()
        return None if model is None else QueryTables(model, self._query, self._head)

    def _measure_scores(self) -> None:
        """Round the amplitudes, and bound the scores and their error."""
        self._floats, error = from_balls(self._amplitudes)
        sizes, columns = np.abs(self._floats).sum(axis=1), self._floats.shape[1]
        # Cosines never exceed 1, so that no score lies above the sum of sizes.
        peak = float(sizes.max())
        self.score_error = 1.1 * (columns * error + (columns + 20) * UNIT * (2 * peak))
        if not math.isfinite(peak):
            self.score_error = math.inf
        self._peak = peak if math.isfinite(peak) else 0.0

    def _amplitude_balls(self) -> arb_mat:
        config = self._model.config
        rotary, scale = config.rotary_dim, (arb(1) / config.head_dim).sqrt()
        mine = slice(self._head * config.head_dim, (self._head + 1) * config.head_dim)
        q = [x * scale for x in self._model.queries[self._query][mine]]
        rows = []
        for key in self._model.keys:
            k = key[mine]
            pairs = [(q[f], q[f + 1], k[f], k[f + 1]) for f in range(0, rotary, 2)]
            cosines = [qe * ke + qo * ko for qe, qo, ke, ko in pairs]
            sines = [qe * ko - qo * ke for qe, qo, ke, ko in pairs]
            rest = sum((x * y for x, y in zip(q[rotary:], k[rotary:], strict=True)), arb(0))
            rows.append([*cosines, *sines, rest])
        return arb_mat(rows)

    def _fill(self) -> None:
        model, tokens = self._model, len(self._model.keys)
        classes = len(model.bias)
        share = arb(1) / model.config.n_head
        own = [share * d for d in model.direct_linear.tolist()[self._query]]
        linear = [
            [d + x for d, x in zip(own, row, strict=True)]
            for row in model.written_linear[self._head].tolist()
        ]
        self._linear = linear
        self.linear, self.linear_error = from_balls(arb_mat(linear))
        own = [share * d for d in model.direct_slant.tolist()[self._query]]
        self._slants = [
            [*(d + x for d, x in zip(own, row, strict=True)), share * model.ground]
            for row in model.written_slant[self._head].tolist()
        ]
        self.slants, error = from_balls(arb_mat(self._slants))
        lengths = [sum((x * x for x in row), arb(0)).sqrt() for row in self._slants]
        norms, norm_error = from_balls(arb_mat(tokens, 1, lengths))
        self.norms = norms[:, 0]
        # An inner product with a unit vector: coordinates are off by ``error`` each, and a sum of
        # ``columns`` products loses ``columns``·u of at most Σ|x||ρ| ≤ norm.
        columns = self.slants.shape[1]
        product = columns * error + 1.1 * columns * UNIT * float(self.norms.max())
        self.slant_error = max(product, norm_error)
        bias, self.bias_error = from_balls(arb_mat(1, classes, model.bias))
        self.bias = bias[0]

    def scores(self, start: int, stop: int) -> Float64[np.ndarray, "places tokens"]:
        """See ``Tables.scores``."""
        turns = self._model.turns.block(start, stop)
        rotated = turns @ self._floats[:, :-1].T
        block: Float64[np.ndarray, "places tokens"] = rotated + (self._floats[:, -1] - self._peak)
        return block

    @lru_cache(maxsize=1 << 12)  # noqa: B019 - lives as long as the tables
    def score_balls(self, place: int) -> Sequence[arb]:
        """See ``Tables.score_balls``."""
        with ctx.workprec(self.bits):
            scores = (self._amplitudes * self._model.turns.balls(place)).entries()
            return [score - self._peak for score in scores]

    def linear_ball(self, token: int, kind: int) -> arb:
        """See ``Tables.linear_ball``."""
        return self._linear[token][kind]

    def slant_balls(self, token: int) -> Sequence[arb]:
        """See ``Tables.slant_balls``."""
        return self._slants[token]

    def bias_ball(self, kind: int) -> arb:
        """See ``Tables.bias_ball``."""
        return self._model.bias[kind]


def angle_balls(config: GPTJConfig) -> list[arb]:
    """Radians per position of each plane: the ladder in balls, a chosen angle as it stands."""
    if isinstance(config, OnePlaneConfig):
        return [arb(float(config.angle))]
    own = config.base if isinstance(config, NeoXConfig | LlamaConfig) else int(GPTJConfig.BASE)
    base = arb(own)
    rotary = config.rotary_dim
    return [base ** (-arb(2 * f) / rotary) for f in range(rotary // 2)]


def _centred(matrix: arb_mat) -> arb_mat:
    """Every row minus its mean."""
    rows = matrix.tolist()
    means = [sum(row, arb(0)) / len(row) for row in rows]
    return arb_mat([[x - mean for x in row] for row, mean in zip(rows, means, strict=True)])


def _as_it_is(matrix: arb_mat) -> arb_mat:
    """Every row, its mean included: that of RMSNorm."""
    return matrix


def _matrix(array: Float32[np.ndarray, "..."]) -> arb_mat:
    """Stored weights as exact balls, a vector as one row."""
    rows = np.atleast_2d(array).astype(float)
    return arb_mat(rows.shape[0], rows.shape[1], [arb(x) for x in rows.ravel().tolist()])


def _gained(rows: Sequence[Sequence[arb]], norm: WeightAndBias) -> arb_mat:
    """Standardised rows after the gain and the shift of a norm."""
    gain = _matrix(norm.weight).entries()
    scaled = [[x * g for x, g in zip(row, gain, strict=True)] for row in rows]
    return _shifted(arb_mat(scaled), norm.bias)


def _mapped(rows: arb_mat, projection: WeightAndBias) -> arb_mat:
    """A linear map with bias of every row."""
    return _shifted(rows * _matrix(projection.weight).transpose(), projection.bias)


def _shifted(rows: arb_mat, bias: Float32[np.ndarray, " outputs"]) -> arb_mat:
    """Every row plus a bias."""
    ones = arb_mat(rows.nrows(), 1, [arb(1)] * rows.nrows())
    return rows + ones * _matrix(bias)


def _gelu_tanh(x: arb) -> arb:
    """The tanh form of GELU."""
    cubic = x + arb("0.044715") * x * x * x  # a power of a ball around zero is no number
    return x / 2 * (1 + ((2 / arb.pi()).sqrt() * cubic).tanh())


def _gelu(x: arb) -> arb:
    """``x`` times the normal distribution function at it; by ``erfc`` it is sharp below zero."""
    return x * (-x * arb(0.5).sqrt()).erfc() / 2


ACTIVATIONS: dict[str, Callable[[arb], arb]] = {
    "gelu_new": _gelu_tanh,
    "gelu_pytorch_tanh": _gelu_tanh,
    "gelu": _gelu,
    "relu": lambda x: x.max(arb(0)),
}
"""By the names that ``transformers`` gives them."""
