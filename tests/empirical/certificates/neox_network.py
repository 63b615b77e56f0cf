"""A GPT-NeoX of one block in balls: a literal forward pass, as ``transformers`` writes it."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from flint import arb

from empirical.files.checkpoint import Checkpoint
from empirical.models.gpt_neox import NeoXConfig
from tests.attack.network import Network, Tokens
from tests.attack.truth import Balls, added, apply, gelu, layer_norm
from tests.empirical.neox_models import BLOCK, transformers_model


class NeoXNetwork(Network):
    """See ``Network``; of one block, with parallel residual.

    Args:
        checkpoint: the model, which lies in its directory.
        head: whose attention is meant.
    """

    def __init__(self, checkpoint: Checkpoint, head: int = 0) -> None:
        super().__init__(checkpoint)
        assert isinstance(checkpoint.config, NeoXConfig)
        self.shape, self.head = checkpoint.config, head
        self._made: Any = None

    def of_head(self, head: int) -> "NeoXNetwork":
        """The same, with the attention of another head."""
        return NeoXNetwork(self.checkpoint, head)

    def logits(self, tokens: Tokens) -> Balls:
        """See ``Network.logits``."""
        streams = [list(self._matrix("gpt_neox.embed_in.weight")[token]) for token in tokens]
        heads = self._heads(streams)
        read: Balls = []
        for queries, keys, values in heads:
            weights = self._softmax(queries, keys)
            read += [
                sum((w * value[c] for w, value in zip(weights, values, strict=True)), arb(0))
                for c in range(self.shape.head_dim)
            ]
        attention = self._linear(f"{BLOCK}.attention.dense", read)
        normed = self._normed(streams[-1], f"{BLOCK}.post_attention_layernorm")
        hidden = self._linear(f"{BLOCK}.mlp.dense_h_to_4h", normed)
        written = self._linear(f"{BLOCK}.mlp.dense_4h_to_h", [self._active(x) for x in hidden])
        last = added(added(written, attention), streams[-1])
        out = "gpt_neox.embed_in" if self.shape.tied else "embed_out"
        return apply(self._matrix(f"{out}.weight"), self._normed(last, "gpt_neox.final_layer_norm"))

    def attention(self, tokens: Tokens) -> Balls:
        """See ``Network.attention``."""
        streams = [list(self._matrix("gpt_neox.embed_in.weight")[token]) for token in tokens]
        queries, keys, _ = self._heads(streams)[self.head]
        return self._softmax(queries, keys)

    @torch.inference_mode()
    def float_logits(self, inputs: np.ndarray) -> np.ndarray:
        """See ``Network.float_logits``; by ``transformers``."""
        if self._made is None:
            self._made = transformers_model(Path(self.checkpoint.path), self.checkpoint)
        logits: np.ndarray = self._made(torch.from_numpy(inputs)).logits[:, -1].numpy()
        return logits

    def float_attention(self, inputs: np.ndarray) -> np.ndarray:
        """See ``Network.float_attention``."""
        rows = [self.attention(tuple(tokens)) for tokens in inputs.tolist()]
        return np.array([[float(weight.mid()) for weight in row] for row in rows])

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

    def _softmax(self, query: Balls, keys: list[Balls]) -> Balls:
        scores = [
            sum((a * b for a, b in zip(query, key, strict=True)), arb(0))
            / arb(self.shape.head_dim).sqrt()
            for key in keys
        ]
        top = max(scores, key=lambda score: float(score.mid()))
        weights = [(score - top).exp() for score in scores]
        total = sum(weights, arb(0))
        return [weight / total for weight in weights]

    def _rotated(self, vector: Balls, position: int) -> Balls:
        """``x cos + rotate_half(x) sin`` of the first channels, the others as they are."""
        rotary = self.shape.rotary_dim
        front, back = vector[: rotary // 2], vector[rotary // 2 : rotary]
        turned = list(vector)
        for channel in range(rotary):
            plane = channel % (rotary // 2)
            angle = arb(self.shape.base) ** (arb(-2 * plane) / rotary) * position
            half = -back[plane] if channel < rotary // 2 else front[plane]
            turned[channel] = vector[channel] * angle.cos() + half * angle.sin()
        return turned

    def _linear(self, name: str, row: Balls) -> Balls:
        mapped = apply(self._matrix(f"{name}.weight"), row)
        if f"{name}.bias" not in self.checkpoint.weights:
            return mapped
        return added(mapped, self._matrix(f"{name}.bias")[0])

    def _normed(self, row: Balls, name: str) -> Balls:
        gain, shift = self._matrix(f"{name}.weight")[0], self._matrix(f"{name}.bias")[0]
        return layer_norm(row, gain, shift, float(self.shape.layer_norm_epsilon))

    def _active(self, x: arb) -> arb:
        if self.shape.activation == "relu":
            return x.max(arb(0))
        if self.shape.activation == "gelu":
            return x * (1 + (x / arb(2).sqrt()).erf()) / 2
        return gelu(x)
