"""The tables of two attention-only blocks of one head, in balls.

A *context* is a token b after a token a, or b at the first position; its number is
``a · tokens + b``, with a = ``tokens`` for the first position. The first block leaves in the stream
of a context ``x_b + mix``, mix the weighted mean of what b and a write, plus a *leak*: what tokens
further back change. What the second block and the logits read of a stream is linear in it once it
is divided by LayerNorm's divisor; an ``Image`` is one such linear map. ``README.md`` derives it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from operator import mul

from flint import arb, arb_mat, ctx

from empirical.recheck.checkpoint import Checkpoint
from empirical.recheck.failures import Rejected
from empirical.recheck.tables import (
    KEPT,
    PRECISION,
    Balls,
    angles,
    centred,
    divisor,
    dot,
    layer_norm,
    stored,
    turned,
)


@dataclass(frozen=True, eq=False)
class Image:
    """A linear map of the parts of a stream, each of them centred.

    Attributes:
        streams: of every context without leak, contexts × image.
        mixes: of the part of it that the first block wrote, contexts × image.
        values: of what the first block writes of each token, tokens × image.
        shift: of the shift of the second block's LayerNorm, one row.
    """

    streams: arb_mat
    mixes: arb_mat
    values: arb_mat
    shift: arb_mat


class Circuit:
    """A checkpoint of two blocks of one head whose MLPs write nothing.

    Args:
        checkpoint: the checkpoint.
        precision: bits of a ball's midpoint.

    Raises:
        Rejected: it has another shape.
    """

    def __init__(self, checkpoint: Checkpoint, precision: int = PRECISION) -> None:
        config = checkpoint.config
        if (config.blocks, config.heads) != (2, 1):
            raise Rejected(
                f"the checkpoint has {config.blocks} blocks of {config.heads} heads: certificates "
                "of induction are for two blocks of one head"
            )
        for block, part in product(range(2), ("weight", "bias")):
            if checkpoint.weights[f"transformer.h.{block}.mlp.fc_out.{part}"].any():
                raise Rejected("the checkpoint has MLPs that write something")
        self.checkpoint, self.config, self.precision = checkpoint, config, precision
        self.tokens = config.tokens
        self.weight = lru_cache(KEPT)(self._weight)
        with ctx.workprec(precision):
            self.angles = angles(config)
            self._first_block()
            self._second_block()

    @cached_property
    def finer(self) -> "Circuit":
        """The same at twice the precision."""
        return Circuit(self.checkpoint, 2 * self.precision)

    def _maps(self, block: int) -> tuple[arb_mat, arb_mat, arb_mat]:
        """Query over the root of the dimension, key, and value through output, as maps of rows."""
        name = f"transformer.h.{block}.attn"
        query, key, value, out = (
            stored(self.checkpoint, f"{name}.{part}_proj.weight").transpose()
            for part in ("q", "k", "v", "out")
        )
        return query / arb(self.config.width).sqrt(), key, value * out

    def _first_block(self) -> None:
        self.embedding = stored(self.checkpoint, "transformer.wte.weight")
        normed = layer_norm(self.checkpoint, self.embedding, "transformer.h.0.ln_1")
        query, key, write = self._maps(0)
        self.first_queries, self.first_keys = normed * query, normed * key
        self._query_rows, self._key_rows = self.first_queries.tolist(), self.first_keys.tolist()
        self.written = normed * write

    def _second_block(self) -> None:
        name = "transformer.h.1.ln_1"
        self._gain = stored(self.checkpoint, f"{name}.weight")
        self._shift = stored(self.checkpoint, f"{name}.bias")
        self.second_query, self.second_key, write = self._maps(1)
        self.second_write = centred(write)
        gain = stored(self.checkpoint, "transformer.ln_f.weight").entries()
        head = stored(self.checkpoint, "lm_head.weight")
        rows = [list(map(mul, row, gain)) for row in head.tolist()]
        self.classes = centred(arb_mat(rows)).transpose()
        carried = head * stored(self.checkpoint, "transformer.ln_f.bias").transpose()
        self.bias = (carried + stored(self.checkpoint, "lm_head.bias").transpose()).entries()

    def _weight(self, query: int, key: int, distance: int) -> arb:
        """An unnormalised attention weight of the first block."""
        row = turned(self._query_rows[query], self.angles, distance)
        return dot(row, self._key_rows[key]).exp()

    @cached_property
    def mixes(self) -> arb_mat:
        """What the first block writes of each context without leak: contexts × width."""
        rows, written = [], self.written.tolist()
        for before, token in product(range(self.tokens + 1), range(self.tokens)):
            own = self.weight(token, token, 0)
            if before == self.tokens:
                rows.append(written[token])
                continue
            other = self.weight(token, before, 1)
            both = zip(written[token], written[before], strict=True)
            rows.append([(own * x + other * y) / (own + other) for x, y in both])
        return arb_mat(rows)

    @cached_property
    def streams(self) -> arb_mat:
        """The centred stream of each context without leak: contexts × width."""
        embedding, mixes = self.embedding.tolist(), self.mixes.tolist()
        return centred(
            arb_mat(
                [
                    [x + y for x, y in zip(embedding[k % self.tokens], mix, strict=True)]
                    for k, mix in enumerate(mixes)
                ]
            )
        )

    @cached_property
    def divisors(self) -> Balls:
        """LayerNorm's divisor of each context without leak."""
        return [divisor(row, self.config.epsilon) for row in self.streams.tolist()]

    def image(self, by: arb_mat, gained: bool) -> Image:
        """A linear map of streams; ``gained``: after the gain of the second block's LayerNorm."""
        parts = [self.streams, centred(self.mixes), centred(self.written)]
        if gained:
            parts = [self._scaled(part) for part in parts]
        streams, mixes, values = (part * by for part in parts)
        return Image(streams, mixes, values, self._shift * by)

    def plain(self, by: arb_mat) -> arb_mat:
        """A linear map of every normed stream without leak: contexts × image."""
        image = self.image(by, gained=True)
        shift, rows = image.shift.entries(), image.streams.tolist()
        return arb_mat(
            [
                [x / scale + y for x, y in zip(row, shift, strict=True)]
                for row, scale in zip(rows, self.divisors, strict=True)
            ]
        )

    def leaked(self) -> tuple[arb_mat, arb_mat]:
        """Inner products over the width of each context's stream with ``value − mix``, and squares.

        Returns:
            ``⟨s, value_t − mix⟩`` and ``|value_t − mix|²`` over the width: contexts × tokens.
        """
        streams, mixes, values = self.streams, centred(self.mixes), centred(self.written)
        along = (streams * values.transpose()).tolist()
        crossed, own = (mixes * values.transpose()).tolist(), (values * values.transpose()).tolist()
        inner, squares = [], []
        rows = zip(streams.tolist(), mixes.tolist(), along, crossed, strict=True)
        for stream, mix, with_values, mix_with_values in rows:
            with_mix, mix_square = dot(stream, mix), dot(mix, mix)
            inner.append([(x - with_mix) / self.config.width for x in with_values])
            squares.append(
                [
                    (own[t][t] - 2 * x + mix_square) / self.config.width
                    for t, x in enumerate(mix_with_values)
                ]
            )
        return arb_mat(inner), arb_mat(squares)

    def _scaled(self, rows: arb_mat) -> arb_mat:
        gain = self._gain.entries()
        return arb_mat([list(map(mul, row, gain)) for row in rows.tolist()])

    def margin(self, tokens: Sequence[int], answer: int, rival: int) -> arb:
        """The answer's logit less the rival's at the end of an input, first token first."""
        embedding, written = self.embedding.tolist(), self.written.tolist()
        rows: list[Balls] = []
        for position, token in enumerate(tokens):
            earlier = tokens[: position + 1]
            weights = [self.weight(token, y, position - i) for i, y in enumerate(earlier)]
            read = arb_mat([weights]) * arb_mat([written[y] for y in earlier])
            total = sum(weights, arb(0))
            mix = [x / total for x in read.entries()]
            rows.append([x + y for x, y in zip(embedding[token], mix, strict=True)])
        streams = arb_mat(rows)
        normed = layer_norm(self.checkpoint, streams, "transformer.h.1.ln_1")
        query = (normed * self.second_query).tolist()[-1]
        keys, last = (normed * self.second_key).tolist(), len(tokens) - 1
        weights = [
            dot(turned(query, self.angles, last - position), key).exp()
            for position, key in enumerate(keys)
        ]
        read = arb_mat([weights]) * normed * self.second_write
        total = sum(weights, arb(0))
        stream = [
            x + y / total
            for x, y in zip(centred(streams).tolist()[-1], read.entries(), strict=True)
        ]
        logits = (arb_mat([stream]) * self.classes).entries()
        gap = (logits[answer] - logits[rival]) / divisor(stream, self.config.epsilon)
        return gap + self.bias[answer] - self.bias[rival]
