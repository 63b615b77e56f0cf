"""Defines a GPT-J whose keys are smeared over two positions (olsson2022induction).

``k_j ← σ(a) k_j + (1 − σ(a)) k_{j−1}`` with one learned ``a`` per head, before the rotation: the
smeared key is rotated by its own position. The first key has no key before it and is unchanged.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from empirical.models.config import GPTJConfig


@dataclass(frozen=True)
class SmearedConfig(GPTJConfig):
    """The shape of a GPT-J with smeared keys, which no class of ``transformers`` implements."""

    FIXED: ClassVar[dict[str, Any]] = {
        **GPTJConfig.FIXED,
        "architectures": ["SmearedGPTJ"],
        "model_type": "smeared-gptj",
    }


class SmearedKeys(nn.Linear):
    """A key projection that mixes each position's key with that of the position before, by head.

    Attributes:
        smear: ``a`` of each head.
    """

    def __init__(self, config: GPTJConfig) -> None:
        super().__init__(config.n_embd, config.n_embd, bias=False)
        self.smear = nn.Parameter(torch.zeros(config.n_head))

    def forward(
        self, normed: Float[Tensor, "batch length width"]
    ) -> Float[Tensor, "batch length width"]:
        """Returns the smeared keys at every position."""
        keys = super().forward(normed)
        before = torch.cat((keys[:, :1], keys[:, :-1]), dim=1)
        share = self.smear.sigmoid().repeat_interleave(keys.shape[2] // len(self.smear))
        mixed: Tensor = torch.lerp(before, keys, share)
        return mixed
