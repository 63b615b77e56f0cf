"""Implements GPT-J in torch, with the parameter names of ``transformers.GPTJForCausalLM``.

Architecture: EleutherAI's GPT-J (attention and MLP of a block read one LayerNorm and add to one
residual stream), with the rotary positions of su2021roformer on interleaved pairs. Saved parameters
are a Hugging Face checkpoint. Unlike there, no table limits the length of an input: angles are
computed in float64 for the given positions and rounded once.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from empirical.models.config import GPTJConfig
from empirical.models.smeared import SmearedConfig, SmearedKeys


def rotate(
    heads: Float[Tensor, "batch head rows dim"], first: int, angles: tuple[float, ...]
) -> Float[Tensor, "batch head rows dim"]:
    """Rotate the leading pairs of each vector by position times angle (su2021roformer).

    Args:
        heads: queries or keys at consecutive positions.
        first: the position of the first row.
        angles: radians per position of the leading pairs; other dimensions are not rotated.

    Returns:
        The rotated vectors; pair ``f`` is dimensions ``2f`` and ``2f + 1``.
    """
    cos, sin = _turns(angles, first, heads.shape[2], heads.device, heads.dtype)
    rotary_dim = 2 * len(angles)
    even, odd = heads[..., :rotary_dim:2], heads[..., 1:rotary_dim:2]
    turned = torch.stack((even * cos - odd * sin, odd * cos + even * sin), dim=-1).flatten(-2)
    return torch.cat((turned, heads[..., rotary_dim:]), dim=-1)


@lru_cache(maxsize=8)
def _turns(
    angles: tuple[float, ...], first: int, rows: int, device: torch.device, dtype: torch.dtype
) -> tuple[Float[Tensor, "rows planes"], Float[Tensor, "rows planes"]]:
    """Returns cosine and sine of each position times each angle; all layers share them."""
    with torch.inference_mode(False):  # training may use what an evaluation computed first
        rates = torch.tensor(angles, dtype=torch.float64, device=device)
        positions = torch.arange(first, first + rows, device=device)
        turns = torch.outer(positions, rates)
        return turns.cos().to(dtype), turns.sin().to(dtype)


class GPTJAttention(nn.Module):
    """Causal attention with rotary positions."""

    def __init__(self, config: GPTJConfig) -> None:
        super().__init__()
        width = config.n_embd
        self.config = config
        self.q_proj = nn.Linear(width, width, bias=False)
        smeared = isinstance(config, SmearedConfig)
        self.k_proj = SmearedKeys(config) if smeared else nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width, bias=False)
        self.out_proj = nn.Linear(width, width, bias=False)
        self.dropout = nn.Dropout(config.resid_pdrop)

    def forward(
        self, normed: Float[Tensor, "batch length width"], last_only: bool
    ) -> Float[Tensor, "batch rows width"]:
        """Returns what the heads write at every position, or at the last one."""
        first = normed.shape[1] - 1 if last_only else 0
        angles = self.config.angles
        read = functional.scaled_dot_product_attention(
            rotate(self.split(self.q_proj(normed[:, first:])), first, angles),
            rotate(self.split(self.k_proj(normed)), 0, angles),
            self.split(self.v_proj(normed)),
            dropout_p=self.config.attn_pdrop if self.training else 0.0,
            is_causal=not last_only,
        )
        written: Tensor = self.dropout(self.out_proj(read.transpose(1, 2).flatten(2)))
        return written

    def split(self, rows: Tensor) -> Float[Tensor, "batch head rows dim"]:
        """Returns the rows cut into heads, with the head axis before the position axis."""
        batch, length, _ = rows.shape
        return rows.view(batch, length, self.config.n_head, self.config.head_dim).transpose(1, 2)


class MLP(nn.Module):
    """Two linear maps around ``gelu_new``, the tanh form of GELU."""

    def __init__(self, config: GPTJConfig) -> None:
        super().__init__()
        self.fc_in = nn.Linear(config.n_embd, config.inner)
        self.fc_out = nn.Linear(config.inner, config.n_embd)
        self.dropout = nn.Dropout(config.resid_pdrop)

    def forward(
        self, normed: Float[Tensor, "batch rows width"]
    ) -> Float[Tensor, "batch rows width"]:
        """Returns what the MLP writes at each position."""
        hidden = functional.gelu(self.fc_in(normed), approximate="tanh")
        written: Tensor = self.dropout(self.fc_out(hidden))
        return written


class GPTJBlock(nn.Module):
    """One LayerNorm whose output attention and MLP both read."""

    def __init__(self, config: GPTJConfig) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)
        self.attn = GPTJAttention(config)
        self.mlp = MLP(config)

    def forward(
        self, stream: Float[Tensor, "batch length width"], last_only: bool
    ) -> Float[Tensor, "batch rows width"]:
        """Returns the residual stream after the block, at every position or at the last one."""
        first = stream.shape[1] - 1 if last_only else 0
        normed = self.ln_1(stream)
        written: Tensor = self.attn(normed, last_only) + self.mlp(normed[:, first:])
        return stream[:, first:] + written


class Transformer(nn.Module):
    """Embedding, blocks, final LayerNorm."""

    def __init__(self, config: GPTJConfig) -> None:
        super().__init__()
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.drop = nn.Dropout(config.embd_pdrop)
        self.h = nn.ModuleList(GPTJBlock(config) for _ in range(config.n_layer))
        self.ln_f = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)

    @property
    def blocks(self) -> list[GPTJBlock]:
        """The blocks in order."""
        return [cast(GPTJBlock, block) for block in self.h]

    def forward(
        self, ids: Int[Tensor, "batch length"], last_only: bool
    ) -> Float[Tensor, "batch rows width"]:
        """Returns the normed stream after the last block, at every position or at the last one."""
        stream = self.drop(self.wte(ids))
        for depth, block in enumerate(self.h, start=1):
            stream = block(stream, last_only and depth == len(self.h))
        normed: Tensor = self.ln_f(stream)
        return normed


class GPTJ(nn.Module):
    """A GPT-J language model.

    Initial weights are drawn as for GPT-J: normal with standard deviation 0.02, biases zero.

    Args:
        config: the shape.
    """

    def __init__(self, config: GPTJConfig) -> None:
        super().__init__()
        self.config = config
        self.transformer = Transformer(config)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    @classmethod
    def of(cls, config: GPTJConfig, weights: Mapping[str, Float[np.ndarray, "..."]]) -> "GPTJ":
        """Returns the model of a checkpoint, in evaluation mode.

        Args:
            config: the shape.
            weights: every parameter by name; they are copied.
        """
        model = cls(config)
        model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
        return model.eval()

    def forward(
        self, ids: Int[Tensor, "batch length"], last_only: bool = False
    ) -> Float[Tensor, "batch rows vocabulary"]:
        """Returns the logits of the next token.

        Args:
            ids: token ids, any length.
            last_only: compute the last position only, so that the last block takes time and memory
            linear in the length.

        Returns:
            Logits at every position, or ``[batch, 1, vocabulary]`` at the last one.
        """
        logits: Tensor = self.lm_head(self.transformer(ids, last_only))
        return logits
