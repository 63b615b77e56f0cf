"""What a small model answers on each of its inputs, in balls: a slow twin of the certificates.

Shares no code with them. Every input of a row is evaluated; where 192 bits leave a sign open, that
input is run again, literally, with more. Inputs are named from the query backwards, like places.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import inf, isfinite
from typing import TypeAlias

import numpy as np
from flint import arb, ctx

from empirical.files.checkpoint import Checkpoint
from empirical.models.one_plane import OnePlaneConfig
from tests.attack.float_truth import FloatTruth, Streams

Balls: TypeAlias = list[arb]
Tokens: TypeAlias = tuple[int, ...]

PRECISIONS = (192, 1024, 6144)
DIGITS = 60
"""Bits of a difference of logits."""


@dataclass
class Row:
    """The truth about all inputs of one length with one query and one answer.

    Attributes:
        right: inputs on which the answer's logit is the largest.
        wrong: inputs on which another is above it.
        tied: inputs on which no precision tells.
        worst: about the least margin.
        relative: its size, as a part of the sum of the sizes of the terms of the two logits.
        worst_input: where it is, from the query backwards.
    """

    right: int = 0
    wrong: int = 0
    tied: int = 0
    worst: float = inf
    relative: float = 0.0
    worst_input: Tokens = ()

    @property
    def inputs(self) -> int:
        """How many there are."""
        return self.right + self.wrong + self.tied


class Truth:
    """A checkpoint's function and its inputs.

    Args:
        found: a checkpoint of one block, with an index or retrieval task.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        assert checkpoint.task is not None
        self.checkpoint, self.task = checkpoint, checkpoint.task
        self._functions: dict[int, Function] = {}
        self.floats = FloatTruth(self.function(PRECISIONS[0]))

    def function(self, bits: int) -> "Function":
        """The function at a precision."""
        if bits not in self._functions:
            self._functions[bits] = Function(self.checkpoint, bits)
        return self._functions[bits]

    def choices(self, query: int, length: int) -> Iterator[tuple[int, list[list[int]]]]:
        """Each answer with what may stand at each place, once for each place of the answer."""
        entries = self.task.entries
        tokens = [token for token, entry in enumerate(entries) if entry is not None]
        asked = entries[query]
        if self.task.name == "index":
            letters = [token for token in tokens if isinstance(entries[token], str)]
            places = [asked] if isinstance(asked, int) and 1 <= asked < length else []
            others = tokens
        else:
            pairs = {t: e for t, e in enumerate(entries) if isinstance(e, tuple)}
            first, second = pairs.get(query, (None, None))
            letters = [t for t, entry in pairs.items() if entry[0] == second != first]
            others = [token for token in tokens if token not in letters]
            places = list(range(1, length))
        for answer, place in product(letters, places):
            choice = [[query]] + [others] * (length - 1)
            choice[place] = [answer]
            yield answer, choice

    def rows(self, length: int) -> dict[tuple[int, int], Row]:
        """The truth about every query and answer."""
        rows: dict[tuple[int, int], Row] = {}
        for query in range(len(self.task.entries)):
            choices = list(self.choices(query, length))
            if not choices:
                continue
            inputs = [tokens for _, choice in choices for tokens in product(*choice)]
            streams = self.floats.streams(np.array(inputs))
            answers = np.array([answer for answer, choice in choices for _ in product(*choice)])
            for answer in dict.fromkeys(answers.tolist()):
                mine = np.flatnonzero(answers == answer)
                rows[query, answer] = self._row(answer, inputs, streams, mine)
        return rows

    def _row(self, answer: int, inputs: list[Tokens], streams: Streams, mine: np.ndarray) -> Row:
        """The truth about the inputs that have one answer."""
        of_answer, row = streams.margins(answer), Row()
        values, errors = of_answer.values[mine], of_answer.errors[mine]
        ties = ~(values != 0) & (errors == 0)
        ties[:, answer] = False
        above = (values > errors) | ties
        above[:, answer] = True
        wrong, right = (values < -errors).any(axis=1), above.all(axis=1)
        tied = right & ties.any(axis=1)
        row.wrong, row.tied = int(wrong.sum()), int((tied & ~wrong).sum())
        row.right = int((right & ~tied & ~wrong).sum())
        values[:, answer] = inf
        margins = values.min(axis=1) / of_answer.divisors[mine]
        for at in np.flatnonzero(~(wrong | right)).tolist():
            margins[at] = self._count(row, inputs[mine[at]], answer)
        worst = int(np.nan_to_num(margins, nan=inf).argmin())
        rival = int(values[worst].argmin())
        row.worst, row.worst_input = float(margins[worst]), inputs[mine[worst]]
        size = float(of_answer.sizes[mine[worst], rival])
        row.relative = abs(row.worst) / size if isfinite(row.worst) and 0 < size < inf else 0.0
        return row

    def _count(self, row: Row, tokens: Tokens, answer: int) -> float:
        """Count one input in balls; about its margin."""
        for bits in PRECISIONS:
            margin = margin_of(self.function(bits).logits(tokens), answer)
            if margin > 0 or margin < 0:
                break
        row.right += bool(margin > 0)
        row.wrong += bool(margin < 0)
        row.tied += not (margin > 0 or margin < 0)
        return float(margin.mid())

    def difference(self, tokens: Tokens, answer: int, rival: int) -> arb:
        """One logit minus another on an input, by a literal forward pass, to ``DIGITS`` bits."""
        for bits in PRECISIONS:
            with ctx.workprec(bits):
                logits = self.function(bits).logits(tokens)
                difference: arb = logits[answer] - logits[rival]
            if difference.rel_accuracy_bits() >= DIGITS:
                break
        return difference


class Function:
    """One block of GPT-J in balls.

    Args:
        found: the checkpoint.
        bits: precision.
    """

    def __init__(self, checkpoint: Checkpoint, bits: int) -> None:
        self.checkpoint, self.config, self.bits = checkpoint, checkpoint.config, bits
        self.heads, self.dim = self.config.n_head, self.config.head_dim
        self._matrices: dict[str, list[Balls]] = {}

    def _matrix(self, name: str) -> list[Balls]:
        if name not in self._matrices:
            array = np.atleast_2d(self.checkpoint.weights[name]).astype(float)
            self._matrices[name] = [[arb(x) for x in row] for row in array.tolist()]
        return self._matrices[name]

    def _block(self, name: str) -> list[Balls]:
        return self._matrix(f"transformer.h.0.{name}")

    @cached_property
    def _read(self) -> list[list[Balls]]:
        """Normed embedding, query, key, value of every token."""
        rows = []
        for embedding in self._matrix("transformer.wte.weight"):
            normed = self._norm(embedding, "transformer.h.0.ln_1")
            projections = [apply(self._block(f"attn.{n}_proj.weight"), normed) for n in "qkv"]
            rows.append([normed, *projections])
        return rows

    @cached_property
    def _own(self) -> list[Balls]:
        """What each token, as the query, adds to the stream by itself."""
        rows = []
        for (normed, *_), embedding in zip(
            self._read, self._matrix("transformer.wte.weight"), strict=True
        ):
            hidden = apply(self._block("mlp.fc_in.weight"), normed)
            hidden = added(hidden, self._block("mlp.fc_in.bias")[0])
            mlp = apply(self._block("mlp.fc_out.weight"), [gelu(x) for x in hidden])
            rows.append(added(added(mlp, self._block("mlp.fc_out.bias")[0]), embedding))
        return rows

    @cached_property
    def _written(self) -> list[list[Balls]]:
        """What each token's value adds to the stream, by head."""
        out = self._block("attn.out_proj.weight")
        return [
            [
                apply([row[h * self.dim : (h + 1) * self.dim] for row in out], value_of_head)
                for h in range(self.heads)
                for value_of_head in [value[h * self.dim : (h + 1) * self.dim]]
            ]
            for *_, value in self._read
        ]

    def _norm(self, row: Balls, name: str) -> Balls:
        gain, shift = self._matrix(f"{name}.weight")[0], self._matrix(f"{name}.bias")[0]
        return layer_norm(row, gain, shift, float(self.config.layer_norm_epsilon))

    def _turned(self, vector: Balls, position: int) -> Balls:
        """A head's query or key at a position."""
        turned = list(vector)
        for plane in range(self.config.rotary_dim // 2):
            sin, cos = (self._angles[plane] * position).sin_cos()
            even, odd = vector[2 * plane], vector[2 * plane + 1]
            turned[2 * plane] = even * cos - odd * sin
            turned[2 * plane + 1] = odd * cos + even * sin
        return turned

    @cached_property
    def _angles(self) -> Balls:
        if isinstance(self.config, OnePlaneConfig):
            return [arb(float(self.config.angle))]
        rotary = self.config.rotary_dim
        return [arb(10000) ** (arb(-2 * plane) / rotary) for plane in range(rotary // 2)]

    def scores(self, query: int, keys: Iterable[int], distance: int, head: int) -> Balls:
        """The attention logits of some tokens at a distance from a query."""
        mine = slice(head * self.dim, (head + 1) * self.dim)
        asked = self._turned(self._read[query][1][mine], distance)
        root = arb(self.dim).sqrt()
        return [dot(asked, self._read[key][2][mine]) / root for key in keys]

    def _logits(self, stream: Balls) -> Balls:
        normed = self._norm(stream, "transformer.ln_f")
        logits = apply(self._matrix("lm_head.weight"), normed)
        return added(logits, self._matrix("lm_head.bias")[0])

    def _stream(self, tokens: Tokens) -> Balls:
        stream = self._own[tokens[0]]
        for head in range(self.heads):
            scores = [self.scores(tokens[0], [y], d, head)[0] for d, y in enumerate(tokens)]
            top = scores[0]
            for score in scores[1:]:
                top = score if score.mid() > top.mid() else top
            weights = [(score - top).exp() for score in scores]
            total = sum(weights, arb(0))
            for weight, token in zip(weights, tokens, strict=True):
                written = self._written[token][head]
                stream = [x + weight / total * y for x, y in zip(stream, written, strict=True)]
        return stream

    def logits(self, tokens: Tokens) -> Balls:
        """All logits at the last position of one input, named from there backwards."""
        with ctx.workprec(self.bits):
            return self._logits(self._stream(tokens))

    def logits_of_product(self, choice: list[list[int]]) -> Iterator[tuple[Tokens, Balls]]:
        """The same for every input of a product of choices, sharing sums over places."""
        with ctx.workprec(self.bits):
            query = choice[0][0]
            tops = []
            for head in range(self.heads):
                scores = [self.scores(query, row, d, head) for d, row in enumerate(choice)]
                tops.append(max(itertools.chain(*scores), key=_Ordered))
            parts = [
                {
                    token: [
                        (weight, [weight * x for x in self._written[token][head]])
                        for head, top in enumerate(tops)
                        for score in self.scores(query, [token], place, head)
                        for weight in [(score - top).exp()]
                    ]
                    for token in tokens
                }
                for place, tokens in enumerate(choice)
            ]
            nothing = [(arb(0), [arb(0)] * self.config.n_embd)] * self.heads
            yield from self._walk(parts, (), nothing)

    def _walk(
        self,
        parts: list[dict[int, list[tuple[arb, Balls]]]],
        tokens: Tokens,
        sums: list[tuple[arb, Balls]],
    ) -> Iterator[tuple[Tokens, Balls]]:
        if len(tokens) == len(parts):
            stream = self._own[tokens[0]]
            for total, summed in sums:
                stream = [x + y / total for x, y in zip(stream, summed, strict=True)]
            yield tokens, self._logits(stream)
            return
        for token, mine in parts[len(tokens)].items():
            longer = [
                (total + weight, added(summed, vector))
                for (total, summed), (weight, vector) in zip(sums, mine, strict=True)
            ]
            yield from self._walk(parts, (*tokens, token), longer)


class _Ordered:
    """A ball that sorts by its middle."""

    def __init__(self, ball: arb) -> None:
        self.middle = ball.mid()

    def __lt__(self, other: "_Ordered") -> bool:
        return bool(self.middle < other.middle)


def margin_of(logits: Balls, answer: int) -> arb:
    """The answer's logit minus the largest other one."""
    rivals = [logit for c, logit in enumerate(logits) if c != answer]
    top = rivals[0]
    for logit in rivals[1:]:
        top = top.max(logit)
    return logits[answer] - top


def apply(matrix: list[Balls], vector: Balls) -> Balls:
    return [dot(row, vector) for row in matrix]


def dot(left: Balls, right: Balls) -> arb:
    return sum((x * y for x, y in zip(left, right, strict=True)), arb(0))


def added(left: Balls, right: Balls) -> Balls:
    return [x + y for x, y in zip(left, right, strict=True)]


def layer_norm(row: Balls, gain: Balls, shift: Balls, epsilon: float) -> Balls:
    """LayerNorm of a row."""
    mean = sum(row, arb(0)) / len(row)
    centred = [x - mean for x in row]
    variance = sum((x * x for x in centred), arb(0)) / len(row)
    scale = (variance + arb(epsilon)).sqrt()
    return [x / scale * g + b for x, g, b in zip(centred, gain, shift, strict=True)]


def gelu(x: arb) -> arb:
    inner = (2 / arb.pi()).sqrt() * (x + arb("0.044715") * x * x * x)
    return x / 2 * (1 + inner.tanh())
