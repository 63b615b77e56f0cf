"""A network of one head per layer on given inputs, in balls: what a witness does."""

from collections.abc import Sequence
from functools import cached_property

from flint import arb, arb_mat, ctx

from empirical.recheck.checkpoint import Checkpoint
from empirical.recheck.tables import (
    PRECISION,
    add_row,
    angles,
    centred,
    divisor,
    dot,
    gelu,
    layer_norm,
    stored,
    turned,
)


class WalkNetwork:
    """A checkpoint of one head per layer.

    Args:
        checkpoint: the checkpoint.
        precision: bits of a ball's midpoint.
    """

    def __init__(self, checkpoint: Checkpoint, precision: int = PRECISION) -> None:
        self.checkpoint, self.precision = checkpoint, precision

    @cached_property
    def finer(self) -> "WalkNetwork":
        """The same at twice the precision."""
        return WalkNetwork(self.checkpoint, 2 * self.precision)

    def margin(self, tokens: Sequence[int], answer: int, rival: int) -> arb:
        """The answer's logit less the rival's at the end of an input, first token first."""
        checkpoint = self.checkpoint
        with ctx.workprec(self.precision):
            embedding = stored(checkpoint, "transformer.wte.weight").tolist()
            stream = arb_mat([embedding[token] for token in tokens])
            for layer in range(checkpoint.config.blocks):
                stream = self._after(stream, layer)
            last = centred(arb_mat([stream.tolist()[-1]])).tolist()[0]
            gain = stored(checkpoint, "transformer.ln_f.weight").entries()
            shift = stored(checkpoint, "transformer.ln_f.bias").entries()
            head = stored(checkpoint, "lm_head.weight").tolist()
            bias = stored(checkpoint, "lm_head.bias").entries()
            scale = divisor(last, checkpoint.config.epsilon)
            read = [x / scale * g + s for x, g, s in zip(last, gain, shift, strict=True)]
            ahead = dot(read, head[answer]) - dot(read, head[rival])
            return ahead + bias[answer] - bias[rival]

    def _after(self, stream: arb_mat, layer: int) -> arb_mat:
        """Every position's stream after a layer."""
        checkpoint, name = self.checkpoint, f"transformer.h.{layer}"

        def by(rows: arb_mat, part: str) -> arb_mat:
            return rows * stored(checkpoint, f"{name}.{part}.weight").transpose()

        read = layer_norm(checkpoint, stream, f"{name}.ln_1")
        queries, keys = by(read, "attn.q_proj").tolist(), by(read, "attn.k_proj").tolist()
        values = by(by(read, "attn.v_proj"), "attn.out_proj")
        root, ladder = arb(checkpoint.config.dimension).sqrt(), angles(checkpoint.config)
        count = len(queries)
        turned_keys = [turned(key, ladder, place) for place, key in enumerate(keys)]
        weights = []
        for place, query in enumerate(queries):
            asking = turned(query, ladder, place)
            scores = [dot(asking, key) / root for key in turned_keys[: place + 1]]
            powers = [(score - scores[place]).exp() for score in scores]
            total = sum(powers, arb(0))
            weights.append([x / total for x in powers] + [arb(0)] * (count - 1 - place))
        hidden = add_row(by(read, "mlp.fc_in"), stored(checkpoint, f"{name}.mlp.fc_in.bias"))
        active = arb_mat([[gelu(x) for x in row] for row in hidden.tolist()])
        added = add_row(by(active, "mlp.fc_out"), stored(checkpoint, f"{name}.mlp.fc_out.bias"))
        return stream + arb_mat(weights) * values + added
