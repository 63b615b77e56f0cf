"""What a network of several blocks answers, in balls: a literal forward pass, one input at a time.

One head for each block; it shares no code with the certificates. Floats find the inputs that are
worth a look, and balls say what is so.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch
from flint import arb, ctx

from empirical.files.checkpoint import Checkpoint
from empirical.models.gptj import GPTJ
from tests.attack.truth import PRECISIONS, Balls, added, apply, gelu, layer_norm, margin_of

Tokens: TypeAlias = tuple[int, ...]


class Network:
    """A checkpoint of any number of blocks.

    Args:
        found: the checkpoint, of one head for each block.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint, self.config = checkpoint, checkpoint.config
        self._matrices: dict[str, list[Balls]] = {}

    def margin(self, tokens: Tokens, answer: int) -> arb:
        """The answer's logit less the largest other one, with its sign if any precision tells it.

        Args:
            tokens: of the input, first to last.
            answer: a class.
        """
        for bits in PRECISIONS:
            with ctx.workprec(bits):
                margin = margin_of(self.logits(tokens), answer)
            if margin > 0 or margin < 0:
                break
        return margin

    def logits(self, tokens: Tokens) -> Balls:
        """All logits at the last position."""
        streams = [list(self._matrix("transformer.wte.weight")[token]) for token in tokens]
        for layer in range(self.config.n_layer):
            streams = self._block(streams, f"transformer.h.{layer}")
        normed = self._norm(streams[-1], "transformer.ln_f")
        return added(apply(self._matrix("lm_head.weight"), normed), self._matrix("lm_head.bias")[0])

    @torch.inference_mode()
    def float_logits(self, inputs: np.ndarray) -> np.ndarray:
        """About the logits of many inputs at the last position, in float64."""
        made = GPTJ(self.config)
        made.load_state_dict({n: torch.from_numpy(w) for n, w in self.checkpoint.weights.items()})
        logits: np.ndarray
        logits = made.double().eval()(torch.from_numpy(inputs), last_only=True)[:, 0].numpy()
        return logits

    def float_margins(self, inputs: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """About the margins of many inputs, in float64."""
        logits = self.float_logits(inputs)
        rows = np.arange(len(inputs))
        own = logits[rows, answers].copy()
        logits[rows, answers] = -np.inf
        margins: np.ndarray = own - logits.max(axis=1)
        return margins

    def float_attention(self, inputs: np.ndarray) -> np.ndarray:
        """About the weights of every position in the attention of the last one: inputs × places."""
        stored = self.checkpoint.weights
        weights = {name: np.asarray(array, float) for name, array in stored.items()}
        streams = weights["transformer.wte.weight"]
        apart = streams - streams.mean(axis=1, keepdims=True)
        variance = (apart**2).mean(axis=1, keepdims=True)
        normed = apart / np.sqrt(variance + self.config.layer_norm_epsilon)
        normed = normed * weights["transformer.h.0.ln_1.weight"]
        normed = normed + weights["transformer.h.0.ln_1.bias"]
        queries, keys = (
            normed @ weights[f"transformer.h.0.attn.{part}_proj.weight"].T for part in "qk"
        )
        length, rotary = inputs.shape[1], self.config.rotary_dim
        scores = np.empty(inputs.shape)
        for position in range(length):
            query, key = queries[inputs[:, -1]], keys[inputs[:, position]]
            turns = (length - 1 - position) * 10000.0 ** (-np.arange(0, rotary, 2) / rotary)
            planes = (query[:, 0:rotary:2] + 1j * query[:, 1:rotary:2]) * np.exp(1j * turns)
            meets = planes * (key[:, 0:rotary:2] - 1j * key[:, 1:rotary:2])
            scores[:, position] = meets.real.sum(axis=1)
            scores[:, position] += (query[:, rotary:] * key[:, rotary:]).sum(axis=1)
        scores /= self.config.head_dim**0.5
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        attention: np.ndarray = shares / shares.sum(axis=1, keepdims=True)
        return attention

    def attention(self, tokens: Tokens) -> Balls:
        """The weight of each position in the attention of the last one, in the first block."""
        streams = [list(self._matrix("transformer.wte.weight")[token]) for token in tokens]
        normed = [self._norm(stream, "transformer.h.0.ln_1") for stream in streams]
        return _softmax(self._scores(normed, "transformer.h.0", len(tokens) - 1))

    def _scores(self, normed: list[Balls], block: str, place: int) -> Balls:
        """What a position asks of itself and of each one before it."""
        asked = apply(self._matrix(f"{block}.attn.q_proj.weight"), normed[place])
        keys = [apply(self._matrix(f"{block}.attn.k_proj.weight"), row) for row in normed]
        asked = self._turned(asked, place)
        return [
            sum((a * b for a, b in zip(asked, self._turned(key, at), strict=True)), arb(0))
            / arb(self.config.head_dim).sqrt()
            for at, key in enumerate(keys[: place + 1])
        ]

    def _matrix(self, name: str) -> list[Balls]:
        if name not in self._matrices:
            array = np.atleast_2d(self.checkpoint.weights[name]).astype(float)
            self._matrices[name] = [[arb(x) for x in row] for row in array.tolist()]
        return self._matrices[name]

    def _block(self, streams: list[Balls], block: str) -> list[Balls]:
        """The stream at each position after a block."""
        normed = [self._norm(stream, f"{block}.ln_1") for stream in streams]
        values = [apply(self._matrix(f"{block}.attn.v_proj.weight"), row) for row in normed]
        out = self._matrix(f"{block}.attn.out_proj.weight")
        after = []
        for place, stream in enumerate(streams):
            read = _mixture(self._scores(normed, block, place), values)
            after.append(added(added(stream, apply(out, read)), self._mlp(normed[place], block)))
        return after

    def _mlp(self, normed: Balls, block: str) -> Balls:
        inner = apply(self._matrix(f"{block}.mlp.fc_in.weight"), normed)
        hidden = [gelu(x) for x in added(inner, self._matrix(f"{block}.mlp.fc_in.bias")[0])]
        written = apply(self._matrix(f"{block}.mlp.fc_out.weight"), hidden)
        return added(written, self._matrix(f"{block}.mlp.fc_out.bias")[0])

    def _norm(self, row: Balls, name: str) -> Balls:
        gain, shift = self._matrix(f"{name}.weight")[0], self._matrix(f"{name}.bias")[0]
        return layer_norm(row, gain, shift, float(self.config.layer_norm_epsilon))

    def _turned(self, vector: Balls, position: int) -> Balls:
        turned, rotary = list(vector), self.config.rotary_dim
        for plane in range(rotary // 2):
            sin, cos = (arb(10000) ** (arb(-2 * plane) / rotary) * position).sin_cos()
            even, odd = vector[2 * plane], vector[2 * plane + 1]
            turned[2 * plane] = even * cos - odd * sin
            turned[2 * plane + 1] = odd * cos + even * sin
        return turned


def _softmax(scores: Balls) -> Balls:
    top = scores[0]
    for score in scores[1:]:
        top = score if score.mid() > top.mid() else top
    weights = [(score - top).exp() for score in scores]
    total = sum(weights, arb(0))
    return [weight / total for weight in weights]


def _mixture(scores: Balls, values: Sequence[Balls]) -> Balls:
    """The mean of values with the softmax of scores as weights."""
    mixture = [arb(0)] * len(values[0])
    for share, value in zip(_softmax(scores), values, strict=False):
        mixture = [x + share * y for x, y in zip(mixture, value, strict=True)]
    return mixture
