"""A GPT-NeoX of one block in balls: a literal forward pass, as ``transformers`` writes it."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from flint import arb, ctx

from empirical.files.checkpoint import Checkpoint
from empirical.models.gpt_neox import NeoXConfig
from tests.attack.network import Network, Tokens
from tests.attack.truth import PRECISIONS, Balls, added, apply, gelu, layer_norm
from tests.empirical.neox_models import BLOCK, transformers_model


class BlockNetwork(Network, ABC):
    """See ``Network``; of one block of another family, whose channels turn in halves.

    Args:
        checkpoint: the model, which lies in its directory.
        head: whose attention is meant.
    """

    base: float
    """Of the ladder of angles."""

    def __init__(self, checkpoint: Checkpoint, head: int = 0) -> None:
        super().__init__(checkpoint)
        self.head = head
        self._made: Any = None

    def of_head(self, head: int) -> "BlockNetwork":
        """The same, with the attention of another head."""
        return type(self)(self.checkpoint, head)

    @abstractmethod
    def embedded(self, tokens: Tokens) -> list[Balls]:
        """The stream at each position before the block."""

    def attention(self, tokens: Tokens) -> Balls:
        """See ``Network.attention``."""
        with ctx.workprec(PRECISIONS[1]):
            query, keys, _ = self._heads(self.embedded(tokens))[self.head]
            return self._softmax(query, keys)

    def float_attention(self, inputs: np.ndarray) -> np.ndarray:
        """See ``Network.float_attention``."""
        rows = [self.attention(tuple(tokens)) for tokens in inputs.tolist()]
        return np.array([[float(weight.mid()) for weight in row] for row in rows])

    @abstractmethod
    def _heads(self, streams: list[Balls]) -> list[tuple[Balls, list[Balls], list[Balls]]]:
        """The last query, all keys and all values of each head, turned."""

    def _read(self, heads: list[tuple[Balls, list[Balls], list[Balls]]]) -> Balls:
        """The mixtures of values of all heads, one after the other."""
        read: Balls = []
        for query, keys, values in heads:
            weights = self._softmax(query, keys)
            read += [
                sum((w * value[c] for w, value in zip(weights, values, strict=True)), arb(0))
                for c in range(self.config.head_dim)
            ]
        return read

    def _softmax(self, query: Balls, keys: list[Balls]) -> Balls:
        scores = [
            sum((a * b for a, b in zip(query, key, strict=True)), arb(0))
            / arb(self.config.head_dim).sqrt()
            for key in keys
        ]
        top = max(scores, key=lambda score: float(score.mid()))
        weights = [(score - top).exp() for score in scores]
        total = sum(weights, arb(0))
        return [weight / total for weight in weights]

    def _rotated(self, vector: Balls, position: int) -> Balls:
        """``x cos + rotate_half(x) sin`` of the first channels, the others as they are."""
        rotary = self.config.rotary_dim
        front, back = vector[: rotary // 2], vector[rotary // 2 : rotary]
        turned = list(vector)
        for channel in range(rotary):
            plane = channel % (rotary // 2)
            angle = arb(self.base) ** (arb(-2 * plane) / rotary) * position
            half = -back[plane] if channel < rotary // 2 else front[plane]
            turned[channel] = vector[channel] * angle.cos() + half * angle.sin()
        return turned

    def _linear(self, name: str, row: Balls) -> Balls:
        mapped = apply(self._matrix(f"{name}.weight"), row)
        if f"{name}.bias" not in self.checkpoint.weights:
            return mapped
        return added(mapped, self._matrix(f"{name}.bias")[0])


class NeoXNetwork(BlockNetwork):
    """See ``BlockNetwork``; with parallel residual."""

    def __init__(self, checkpoint: Checkpoint, head: int = 0) -> None:
        super().__init__(checkpoint, head)
        assert isinstance(checkpoint.config, NeoXConfig)
        self.shape, self.base = checkpoint.config, checkpoint.config.base

    def embedded(self, tokens: Tokens) -> list[Balls]:
        """See ``BlockNetwork.embedded``."""
        return [list(self._matrix("gpt_neox.embed_in.weight")[token]) for token in tokens]

    def logits(self, tokens: Tokens) -> Balls:
        """See ``Network.logits``."""
        streams = self.embedded(tokens)
        read = self._read(self._heads(streams))
        attention = self._linear(f"{BLOCK}.attention.dense", read)
        normed = self._normed(streams[-1], f"{BLOCK}.post_attention_layernorm")
        hidden = self._linear(f"{BLOCK}.mlp.dense_h_to_4h", normed)
        written = self._linear(
            f"{BLOCK}.mlp.dense_4h_to_h", [active(x, self.shape.activation) for x in hidden]
        )
        last = added(added(written, attention), streams[-1])
        out = "gpt_neox.embed_in" if self.shape.tied else "embed_out"
        return apply(self._matrix(f"{out}.weight"), self._normed(last, "gpt_neox.final_layer_norm"))

    @torch.inference_mode()
    def float_logits(self, inputs: np.ndarray) -> np.ndarray:
        """See ``Network.float_logits``; by ``transformers``."""
        if self._made is None:
            self._made = transformers_model(Path(self.checkpoint.path), self.checkpoint)
        logits: np.ndarray = self._made(torch.from_numpy(inputs)).logits[:, -1].numpy()
        return logits

    def _heads(self, streams: list[Balls]) -> list[tuple[Balls, list[Balls], list[Balls]]]:
        """The last query, all keys and all values of each head, turned."""
        dim, last = self.shape.head_dim, len(streams) - 1
        fused = [
            self._linear(
                f"{BLOCK}.attention.query_key_value",
                self._normed(stream, f"{BLOCK}.input_layernorm"),
            )
            for stream in streams
        ]
        heads = []
        for start in range(0, 3 * self.shape.n_embd, 3 * dim):
            query = self._rotated(fused[last][start : start + dim], last)
            keys = [
                self._rotated(row[start + dim : start + 2 * dim], at)
                for at, row in enumerate(fused)
            ]
            values = [row[start + 2 * dim : start + 3 * dim] for row in fused]
            heads.append((query, keys, values))
        return heads

    def _normed(self, row: Balls, name: str) -> Balls:
        gain, shift = self._matrix(f"{name}.weight")[0], self._matrix(f"{name}.bias")[0]
        return layer_norm(row, gain, shift, float(self.shape.layer_norm_epsilon))


def active(x: arb, activation: str) -> arb:
    """What an MLP makes of a hidden unit."""
    if activation == "relu":
        return x.max(arb(0))
    if activation == "gelu":
        return x * (1 + (x / arb(2).sqrt()).erf()) / 2
    return gelu(x)
