"""Fresh weights as wide as their inputs ask for, and a residual stream of a chosen width.

GPT-J draws all weights with deviation 0.02, which a network of width 64 takes long to leave. Here a
map is drawn with deviation ``1/√(inputs)``, the embedding with ``3/√width``, in units of ``scale``.
The stream of a network with a small scale stays far below the ε of its LayerNorms: their divisor
is then √ε whatever they read, and their gain, ``√ε/scale``, undoes both, so that a layer reads
the centred stream in units of ``scale``. That is an attention-only network in the sense of the
field, and still a GPT-J checkpoint.
"""

import math

import torch
from torch import nn

from empirical.models.gptj import GPTJ

EMBEDDING, READOUT = 3.0, 0.5
"""Deviations of embedding and logits' map, in units of 1/√width."""
WRITERS = ("wte.weight", "out_proj.weight", "fc_out.weight", "fc_out.bias")
"""Parameters in units of the stream."""
BARE = 2.0**-4
"""Of a scale below this, LayerNorms are meant to do nothing but divide by √ε."""


@torch.no_grad()
def draw(model: GPTJ, scale: float) -> None:
    """Draw the weights of a model again.

    Args:
        model: fresh; biases stay zero, and what is not learned stays as it is.
        scale: of the stream.
    """
    width = model.config.n_embd
    transformer = model.transformer
    nn.init.normal_(transformer.wte.weight, std=scale * EMBEDDING / math.sqrt(width))
    nn.init.normal_(model.lm_head.weight, std=READOUT / math.sqrt(width))
    for block in transformer.blocks:
        for projection in (block.attn.q_proj, block.attn.k_proj, block.attn.v_proj):
            nn.init.normal_(projection.weight, std=1 / math.sqrt(width))
        nn.init.normal_(block.attn.out_proj.weight, std=scale / math.sqrt(width))
        if block.mlp.fc_in.weight.requires_grad:
            nn.init.normal_(block.mlp.fc_in.weight, std=1 / math.sqrt(width))
            inner = block.mlp.fc_in.out_features
            nn.init.normal_(block.mlp.fc_out.weight, std=scale * READOUT / math.sqrt(inner))
    if scale < BARE:
        gain = math.sqrt(model.config.layer_norm_epsilon) / scale
        for norm in (*(block.ln_1 for block in transformer.blocks), transformer.ln_f):
            nn.init.constant_(norm.weight, gain).requires_grad_(False)
            norm.bias.requires_grad_(False)


def rate(name: str, scale: float | None) -> float:
    """By what a parameter's learning rate is multiplied: its unit, if the stream has one."""
    return scale if scale is not None and name.endswith(WRITERS) else 1.0
