"""A Phi of one block in balls: a literal forward pass."""

from pathlib import Path

import numpy as np
import torch

from empirical.files.checkpoint import Checkpoint
from empirical.models.phi import PhiConfig
from tests.attack.network import Tokens
from tests.attack.truth import Balls, added, apply
from tests.empirical.certificates.neox_network import BlockNetwork, active
from tests.empirical.phi_models import BLOCK, transformers_phi


class PhiNetwork(BlockNetwork):
    """See ``BlockNetwork``; attention and MLP read one norm."""

    def __init__(self, checkpoint: Checkpoint, head: int = 0) -> None:
        super().__init__(checkpoint, head)
        assert isinstance(checkpoint.config, PhiConfig)
        self.shape, self.base = checkpoint.config, checkpoint.config.base

    def embedded(self, tokens: Tokens) -> list[Balls]:
        """See ``BlockNetwork.embedded``."""
        return [list(self._matrix("model.embed_tokens.weight")[token]) for token in tokens]

    def logits(self, tokens: Tokens) -> Balls:
        """See ``Network.logits``."""
        streams = self.embedded(tokens)
        attention = self._linear(f"{BLOCK}.self_attn.dense", self._read(self._heads(streams)))
        normed = self._norm(streams[-1], f"{BLOCK}.input_layernorm")
        hidden = self._linear(f"{BLOCK}.mlp.fc1", normed)
        written = self._linear(
            f"{BLOCK}.mlp.fc2", [active(x, self.shape.activation) for x in hidden]
        )
        last = added(added(written, attention), streams[-1])
        out = "model.embed_tokens" if self.shape.tied else "lm_head"
        classes = apply(self._matrix(f"{out}.weight"), self._norm(last, "model.final_layernorm"))
        return added(classes, self._matrix("lm_head.bias")[0])

    @torch.inference_mode()
    def float_logits(self, inputs: np.ndarray) -> np.ndarray:
        """See ``Network.float_logits``; by ``transformers``."""
        if self._made is None:
            self._made = transformers_phi(Path(self.checkpoint.path), self.checkpoint)
        logits: np.ndarray = self._made(torch.from_numpy(inputs)).logits[:, -1].numpy()
        return logits

    def _heads(self, streams: list[Balls]) -> list[tuple[Balls, list[Balls], list[Balls]]]:
        """See ``BlockNetwork._heads``."""
        dim, last = self.shape.head_dim, len(streams) - 1
        normed = [self._norm(stream, f"{BLOCK}.input_layernorm") for stream in streams]
        query = self._linear(f"{BLOCK}.self_attn.q_proj", normed[-1])
        keys, values = (
            [self._linear(f"{BLOCK}.self_attn.{part}_proj", row) for row in normed] for part in "kv"
        )
        slices = [slice(head * dim, (head + 1) * dim) for head in range(self.shape.n_head)]
        return [
            (
                self._rotated(query[mine], last),
                [self._rotated(key[mine], at) for at, key in enumerate(keys)],
                [value[mine] for value in values],
            )
            for mine in slices
        ]
