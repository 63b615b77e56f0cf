"""Computes what GPT-J's heads write to the residual stream, and its direct effect on the logits."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Float64

from empirical.heads.gptj import layer_norm
from empirical.models.config import GPTJConfig


def writes(
    config: GPTJConfig,
    weights: Mapping[str, Float[np.ndarray, "..."]],
    layer: int,
    contents: Float[np.ndarray, "contents width"],
) -> Float64[np.ndarray, "heads contents width"]:
    """Returns what each head of a block adds to the stream if it attends to one content alone.

    Args:
        config: the shape of the model.
        weights: its parameters by Hugging Face name.
        layer: index of the block.
        contents: rows of the residual stream that the block reads.
    """
    block = f"transformer.h.{layer}"
    normed = layer_norm(
        contents.astype(np.float64),
        weights[f"{block}.ln_1.weight"],
        weights[f"{block}.ln_1.bias"],
        config.layer_norm_epsilon,
    )
    heads, dim = config.n_head, config.head_dim
    values = normed @ weights[f"{block}.attn.v_proj.weight"].T.astype(np.float64)
    output = weights[f"{block}.attn.out_proj.weight"].T.astype(np.float64)
    written: Float64[np.ndarray, "heads contents width"] = values.reshape(-1, heads, dim).transpose(
        1, 0, 2
    ) @ output.reshape(heads, dim, -1)
    return written


def direct_logits(
    weights: Mapping[str, Float[np.ndarray, "..."]],
    rows: Float64[np.ndarray, "*some width"],
) -> Float64[np.ndarray, "*some vocabulary"]:
    """Returns the effect on the logits of rows added to the last residual stream, up to a factor.

    The final LayerNorm subtracts the mean of a row and divides by the deviation of the whole
    stream. The division is omitted: its divisor is positive and the same for every logit.

    Args:
        weights: the parameters of the model by Hugging Face name.
        rows: what is added to the stream.
    """
    centred = rows - rows.mean(axis=-1, keepdims=True)
    logits: Float64[np.ndarray, "*some vocabulary"] = (
        centred * weights["transformer.ln_f.weight"]
    ) @ weights["lm_head.weight"].T.astype(np.float64)
    return logits
