"""What a head's output is worth, with every attention pattern held as it was.

The pattern-preserving ablation of olsson2022induction: the model runs once, and then again with
the patterns of the first run and one head's output at zero. So a head counts for what it writes
to the logits and to the values of later heads, not for where it makes later heads look.
"""

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64
from torch.nn import functional

from empirical.models.gptj import GPTJ


@torch.inference_mode()
def losses(
    model: GPTJ, text: Int64[np.ndarray, "inputs tokens"]
) -> Float32[np.ndarray, "inputs predictions"]:
    """Cross-entropy of each next token in nats, after 1, 2, … tokens of context."""
    ids = torch.from_numpy(text)
    logits = model(ids[:, :-1])
    found: Float32[np.ndarray, "inputs predictions"] = functional.cross_entropy(
        logits.transpose(1, 2), ids[:, 1:], reduction="none"
    ).numpy()
    return found


@torch.inference_mode()
def ablated_losses(
    model: GPTJ,
    text: Int64[np.ndarray, "inputs tokens"],
    patterns: list[Float64[np.ndarray, "heads inputs predictions predictions"]],
    ablated: tuple[int, int] | None,
) -> Float32[np.ndarray, "inputs predictions"]:
    """The losses with given patterns and one head's output at zero.

    Args:
        model: a model in evaluation mode, on the CPU.
        text: token ids.
        patterns: for each layer the attention weights of its heads.
        ablated: layer and head; None ablates nothing.
    """
    ids = torch.from_numpy(text)
    transformer = model.transformer
    stream = transformer.wte(ids[:, :-1])
    for layer, block in enumerate(transformer.blocks):
        normed = block.ln_1(stream)
        weights = torch.from_numpy(patterns[layer]).to(stream.dtype).transpose(0, 1)
        read = weights @ block.attn.split(block.attn.v_proj(normed))
        if ablated is not None and ablated[0] == layer:
            read[:, ablated[1]] = 0
        stream = stream + block.attn.out_proj(read.transpose(1, 2).flatten(2)) + block.mlp(normed)
    logits = model.lm_head(transformer.ln_f(stream))
    found: Float32[np.ndarray, "inputs predictions"] = functional.cross_entropy(
        logits.transpose(1, 2), ids[:, 1:], reduction="none"
    ).numpy()
    return found
