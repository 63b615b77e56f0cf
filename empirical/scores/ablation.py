"""Computes the losses of single tokens: of a whole model, and with one head silenced.

The ablation is the pattern-preserving one of olsson2022induction: it measures what a head writes to
the logits and to the values of later heads, and not its effect on where later heads attend.
"""

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor
from torch.nn import functional

from empirical.heads.executed import residual_streams
from empirical.heads.silenced import stream_without
from empirical.models.gptj import GPTJ


@torch.inference_mode()
def losses(
    model: GPTJ, text: Int64[np.ndarray, "inputs tokens"]
) -> Float32[np.ndarray, "inputs predictions"]:
    """Returns the cross-entropy of each next token in nats, after 1, 2, … tokens of context.

    Args:
        model: a model in evaluation mode, on the CPU.
        text: token ids.
    """
    return _losses(model(torch.from_numpy(text[:, :-1])), text)


@torch.inference_mode()
def ablated_losses(
    model: GPTJ, text: Int64[np.ndarray, "inputs tokens"]
) -> Float32[np.ndarray, "layers heads inputs predictions"]:
    """Returns the losses with each head in turn set to zero and all attention weights kept.

    Args:
        model: a model in evaluation mode, on the CPU.
        text: token ids.
    """
    streams = [torch.from_numpy(stream) for stream in residual_streams(model, text[:, :-1])]

    def without(layer: int, head: int) -> np.ndarray:
        stream = stream_without(model, streams, layer, head, "pattern")
        return _losses(model.lm_head(model.transformer.ln_f(stream)), text)

    return np.array(
        [
            [without(layer, head) for head in range(model.config.n_head)]
            for layer in range(model.config.n_layer)
        ]
    )


def _losses(
    logits: Float[Tensor, "inputs predictions vocabulary"], text: Int64[np.ndarray, "inputs tokens"]
) -> Float32[np.ndarray, "inputs predictions"]:
    cross_entropy: Float32[np.ndarray, "inputs predictions"] = functional.cross_entropy(
        logits.transpose(1, 2), torch.from_numpy(text[:, 1:]), reduction="none"
    ).numpy()
    return cross_entropy
