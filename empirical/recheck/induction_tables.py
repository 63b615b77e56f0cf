"""The tables of two attention-only blocks of one head, for the checker of induction certificates.

Shares no code with the prover's own; ``checker`` says what is trusted. Weights become balls, and so
does everything up to each *context*, a token b after a token a: the stream it has if nothing leaks
in from further back, and how each token there moves it. Context ``a · tokens + b``; for the first
position a = ``tokens``. What is linear in the stream is then held in floats, each nearest to its
number, and every sum of their products is off by less than ``BLUR`` of the product of norms.
"""

import math
from collections.abc import Sequence
from functools import cache
from itertools import product
from operator import add, mul, sub
from pathlib import Path
from typing import NamedTuple

from flint import arb, arb_mat

from empirical.recheck.tables import Weights, centred, dot, need

BLUR = 2.0**-40
Balls = list[arb]
Floats = list[float]


class Block(NamedTuple):
    """Maps of rows: query over √dimension, key, value through output; LayerNorm's gain, shift."""

    query: arb_mat
    key: arb_mat
    write: arb_mat
    gain: Balls
    shift: Balls


class Image(NamedTuple):
    """A linear map of every context's centred stream, and of what one token more in it adds."""

    at: list[Floats]
    moved: list[list[Floats]]


class Circuit(Weights):
    """A checkpoint of two blocks.

    Attributes:
        tokens: how many; classes are as many.
        bias: what each class has beside its form of the stream.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        shape = self.config["n_layer"], self.config["n_head"]
        need(shape == (2, 1), "the checkpoint has other than two blocks of one head")
        need(self.width <= 1 << 10, "it is wider than the room for rounding allows")
        parts = product(("weight", "bias"), (0, 1))
        idle = (self.get(f"mlp.fc_out.{part}", f"transformer.h.{k}.") for part, k in parts)
        need(not any(x != 0 for m in idle for x in m.entries()), "it has MLPs that are not at zero")
        self.embedding = self.get("wte.weight", "transformer.").tolist()
        self.tokens, self.blocks = len(self.embedding), (self._block(0), self._block(1))
        normed = self.normed([centred(row) for row in self.embedding], 0)
        self.written = (normed * self.blocks[0].write).tolist()
        queries, keys = normed * self.blocks[0].query, (normed * self.blocks[0].key).tolist()
        self.scores = [[self.planes(q, k) for k in keys] for q in queries.tolist()]
        head, gain = self.get("weight", "lm_head."), self.get("ln_f.weight", "transformer.")
        moved = head * self.get("ln_f.bias", "transformer.").transpose()
        self.bias = (moved + self.get("bias", "lm_head.").transpose()).entries()
        classes = [centred(list(map(mul, row, gain.entries()))) for row in head.tolist()]
        self.classes = arb_mat(classes).transpose()

    def _block(self, layer: int) -> Block:
        name = f"transformer.h.{layer}."
        query, key, value, out = (
            self.get(f"attn.{part}_proj.weight", name).transpose()
            for part in ("q", "k", "v", "out")
        )
        gain, shift = (self.get(f"ln_1.{part}", name).entries() for part in ("weight", "bias"))
        return Block(query / arb(self.width).sqrt(), key, value * out, gain, shift)

    def normed(self, rows: list[Balls], layer: int) -> arb_mat:
        """LayerNorm of centred rows."""
        block = self.blocks[layer]
        shrink = [1 / self.size(row) for row in rows]
        scaled = [
            [r * x * g for x, g in zip(row, block.gain, strict=True)]
            for r, row in zip(shrink, rows, strict=True)
        ]
        return arb_mat(scaled) + arb_mat([block.shift] * len(rows))

    def size(self, row: Balls) -> arb:
        """LayerNorm's divisor of a centred row."""
        variance: arb = dot(row, row) / self.width
        return (variance + self.epsilon).sqrt()

    def planes(self, q: Balls, k: Balls) -> Balls:
        """Amplitudes of the cosines and sines of a score, and its unrotated part."""
        half = range(0, self.rotary, 2)
        cos = [q[f] * k[f] + q[f + 1] * k[f + 1] for f in half]
        sin = [q[f] * k[f + 1] - q[f + 1] * k[f] for f in half]
        return [*cos, *sin, dot(q[self.rotary :], k[self.rotary :])]

    @cache  # noqa: B019 - lives as long as the check
    def turns(self, distance: int) -> Balls:
        """What the amplitudes of a score are multiplied by."""
        both = [(angle * distance).sin_cos() for angle in self.angles]
        return [*(cos for _, cos in both), *(sin for sin, _ in both), arb(1)]

    @cache  # noqa: B019 - lives as long as the check
    def weight(self, query: int, key: int, distance: int) -> arb:
        """An unnormalised attention weight of the first layer."""
        return dot(self.scores[query][key], self.turns(distance)).exp()

    def margin(self, tokens: Sequence[int], answer: int, rival: int) -> arb:
        """Logit of the answer minus logit of the rival at the end of an input."""
        rows: list[Balls] = []
        for j, token in enumerate(tokens):
            weights = [self.weight(token, tokens[i], j - i) for i in range(j + 1)]
            read = arb_mat([weights]) * arb_mat([self.written[y] for y in tokens[: j + 1]])
            total = sum(weights, arb(0))
            written = [x / total for x in read.entries()]
            rows.append(
                centred([x + y for x, y in zip(self.embedding[token], written, strict=True)])
            )
        normed, block = self.normed(rows, 1), self.blocks[1]
        keys, query = (normed * block.key).tolist(), (normed * block.query).tolist()[-1]
        scored = [self.planes(query, key) for key in keys]
        weights = [dot(s, self.turns(len(tokens) - 1 - j)).exp() for j, s in enumerate(scored)]
        read = arb_mat([weights]) * normed * block.write / sum(weights, arb(0))
        last = centred([x + y for x, y in zip(rows[-1], read.entries(), strict=True)])
        logits = (arb_mat([last]) * self.classes).entries()
        gap = (logits[answer] - logits[rival]) / self.size(last)
        return gap + self.bias[answer] - self.bias[rival]


class Contexts:
    """What the first layer makes of every context in inputs of one length.

    Attributes:
        leak: the share of tokens further back, at most.
        inverse: of LayerNorm's divisor with no leak.
        shrink: the same from below and from above, whatever leaks.
        spread: these less ``inverse``.
        query: the second layer's queries, less what LayerNorm's shift adds, times its divisor.
        key: likewise its keys.
        write: likewise what it writes.
        form: the logits of that.
        direct: the logits of the stream itself.
        queries: the second layer's queries with no leak.
        keys: its keys with no leak.
        streams: what is read at the end, with no leak, before the second layer writes.
        written: what attention to a context writes there.
        shift: what the shift adds to queries, keys, writing and form.
    """

    def __init__(self, circuit: Circuit, length: int) -> None:
        self.circuit, self.length, tokens = circuit, length, circuit.tokens
        heaviest = [
            [max(circuit.weight(b, y, d).upper() for y in range(tokens)) for d in range(2, length)]
            for b in range(tokens)
        ]
        far = [sum(weights, arb(0)) for weights in heaviest]
        streams: list[Balls] = []
        moved: list[list[Balls]] = []
        self.leak: Floats = []
        for a, b in product(range(tokens + 1), range(tokens)):
            near = [b] if a == tokens else [b, a]
            weights = [circuit.weight(b, y, d) for d, y in enumerate(near)]
            total = sum(weights, arb(0))
            mix = (
                arb_mat([weights]) * arb_mat([circuit.written[y] for y in near]) / total
            ).entries()
            streams.append(centred(list(map(add, circuit.embedding[b], mix))))
            moved.append([centred(list(map(sub, row, mix))) for row in circuit.written])
            self.leak.append(above(far[b] / (total + far[b])) if a < tokens else 0.0)
        size = [circuit.size(row) for row in streams]
        ends = [self._ends(*each) for each in zip(streams, moved, size, self.leak, strict=True)]
        self.inverse = [1 / at for at in size]
        self.shrink = [(below(1 / high), above(1 / low)) for low, high in ends]
        self.spread = [
            (below(1 / high - at), above(1 / low - at))
            for (low, high), at in zip(ends, self.inverse, strict=True)
        ]
        self._read(streams, moved)

    def _ends(self, row: Balls, ways: list[Balls], at: arb, leak: float) -> tuple[arb, arb]:
        """LayerNorm's divisor whatever leaks: above its tangent, below its largest vertex."""
        width = self.circuit.width
        along = [leak * dot(row, way) / width for way in ways]
        risen = [
            2 * x + leak**2 * dot(way, way) / width for x, way in zip(along, ways, strict=True)
        ]
        low = at + min(0, *((x / at).lower() for x in along))
        high = (at**2 + max(0, *(x.upper() for x in risen))).sqrt()
        return max(low.lower(), self.circuit.epsilon.sqrt().lower()), high.upper()

    def _read(self, streams: list[Balls], moved: list[list[Balls]]) -> None:
        block, classes = self.circuit.blocks[1], self.circuit.classes
        write = arb_mat([centred(row) for row in block.write.tolist()])
        every = arb_mat([*streams, *(way for ways in moved for way in ways)])
        gained = arb_mat([list(map(mul, row, block.gain)) for row in every.tolist()])

        def image(rows: arb_mat, by: arb_mat | None) -> Image:
            found = floats(rows if by is None else rows * by)
            count, tokens = len(streams), self.circuit.tokens
            ways = [found[k : k + tokens] for k in range(count, len(found), tokens)]
            return Image(found[:count], ways)

        maps = (block.query, block.key, write, write * classes)
        self.query, self.key, self.write, self.form = (image(gained, by) for by in maps)
        self.stream, self.direct = image(every, None), image(every, classes)
        self.shift = [floats(arb_mat([block.shift]) * by)[0] for by in maps]
        normed = self.circuit.normed(streams, 1)
        self.queries, self.keys = (normed * block.query).tolist(), (normed * block.key).tolist()


def floats(matrix: arb_mat) -> list[Floats]:
    """The middles of balls, by row."""
    return [[float(x.mid()) for x in row] for row in matrix.tolist()]


def above(ball: arb) -> float:
    """A float no smaller than anything in a ball."""
    return math.nextafter(float(ball.upper()), math.inf)


def below(ball: arb) -> float:
    """A float no larger than anything in a ball."""
    return math.nextafter(float(ball.lower()), -math.inf)
