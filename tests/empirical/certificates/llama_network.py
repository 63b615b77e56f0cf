"""A Llama of one block without an MLP in balls: a literal forward pass."""

from pathlib import Path

import numpy as np
import torch
from flint import arb

from empirical.files.checkpoint import Checkpoint
from empirical.models.llama import LlamaConfig
from tests.attack.network import Tokens
from tests.attack.truth import Balls, added, apply
from tests.empirical.certificates.neox_network import BlockNetwork
from tests.empirical.llama_models import BLOCK, transformers_llama


class LlamaNetwork(BlockNetwork):
    """See ``BlockNetwork``; its MLP writes nothing."""

    def __init__(self, checkpoint: Checkpoint, head: int = 0) -> None:
        super().__init__(checkpoint, head)
        assert isinstance(checkpoint.config, LlamaConfig)
        self.llama = checkpoint.config
        self.base = checkpoint.config.base

    def logits(self, tokens: Tokens) -> Balls:
        """See ``Network.logits``."""
        streams = self.embedded(tokens)
        read = self._read(self._heads(streams))
        last = added(streams[-1], self._linear(f"{BLOCK}.self_attn.o_proj", read))
        out = "model.embed_tokens" if self.llama.tied else "lm_head"
        return apply(self._matrix(f"{out}.weight"), self._normed(last, "model.norm"))

    def embedded(self, tokens: Tokens) -> list[Balls]:
        """See ``BlockNetwork.embedded``."""
        return [list(self._matrix("model.embed_tokens.weight")[token]) for token in tokens]

    @torch.inference_mode()
    def float_logits(self, inputs: np.ndarray) -> np.ndarray:
        """See ``Network.float_logits``; by ``transformers``."""
        if self._made is None:
            self._made = transformers_llama(Path(self.checkpoint.path), self.checkpoint)
        logits: np.ndarray = self._made(torch.from_numpy(inputs)).logits[:, -1].numpy()
        return logits

    def _heads(self, streams: list[Balls]) -> list[tuple[Balls, list[Balls], list[Balls]]]:
        """See ``BlockNetwork._heads``."""
        dim, group = self.llama.head_dim, self.llama.n_head // self.llama.n_key_head
        normed = [self._normed(stream, f"{BLOCK}.input_layernorm") for stream in streams]
        query = self._linear(f"{BLOCK}.self_attn.q_proj", normed[-1])
        keys, values = (
            [self._linear(f"{BLOCK}.self_attn.{part}_proj", row) for row in normed] for part in "kv"
        )
        heads = []
        for head in range(self.llama.n_head):
            mine = slice(head * dim, (head + 1) * dim)
            shared = slice(head // group * dim, (head // group + 1) * dim)
            heads.append(
                (
                    self._rotated(self._headed(query[mine], "q"), len(streams) - 1),
                    [
                        self._rotated(self._headed(key[shared], "k"), at)
                        for at, key in enumerate(keys)
                    ],
                    [value[shared] for value in values],
                )
            )
        return heads

    def _headed(self, row: Balls, part: str) -> Balls:
        """A query or key of one head, normed where the family norms it."""
        return self._normed(row, f"{BLOCK}.self_attn.{part}_norm") if self.llama.normed else row

    def _normed(self, row: Balls, name: str) -> Balls:
        gain = self._matrix(f"{name}.weight")[0]
        mean = sum((x * x for x in row), arb(0)) / len(row)
        scale = (mean + float(self.llama.layer_norm_epsilon)).sqrt()
        return [x / scale * g for x, g in zip(row, gain, strict=True)]
