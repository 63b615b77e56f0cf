"""What a network really does on inputs, layer by layer, by the model class in float64."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64

from empirical.files.checkpoint import Checkpoint
from empirical.heads.executed import attention_weights
from tests.empirical.certificates.multi_hop import networks


@dataclass(frozen=True, eq=False)
class Trace:
    """One layer on some inputs.

    Attributes:
        stream: what the layer's LayerNorm reads.
        divisor: what it divides by.
        read: what the layer reads.
        value: what attending to each position writes.
        mlp: what the MLP adds.
        weights: of each position on each other.
    """

    stream: Float64[np.ndarray, "inputs length width"]
    divisor: Float64[np.ndarray, "inputs length"]
    read: Float64[np.ndarray, "inputs length width"]
    value: Float64[np.ndarray, "inputs length width"]
    mlp: Float64[np.ndarray, "inputs length width"]
    weights: Float64[np.ndarray, "inputs length length"]


@torch.inference_mode()
def trace(checkpoint: Checkpoint, inputs: Int64[np.ndarray, "inputs length"]) -> list[Trace]:
    model = networks.model(checkpoint)
    stream = model.transformer.wte(torch.from_numpy(inputs))
    traces = []
    for block in model.transformer.blocks:
        read = block.ln_1(stream)
        variance = stream.var(dim=-1, correction=0)
        traces.append(
            Trace(
                stream=stream.numpy(),
                divisor=(variance + checkpoint.config.layer_norm_epsilon).sqrt().numpy(),
                read=read.numpy(),
                value=block.attn.out_proj(block.attn.v_proj(read)).numpy(),
                mlp=block.mlp(read).numpy(),
                weights=attention_weights(block, stream)[:, 0].numpy(),
            )
        )
        stream = block(stream, False)
    return traces
