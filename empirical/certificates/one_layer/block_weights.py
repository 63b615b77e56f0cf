"""The weights of one block by what they do, from a GPT-J or a GPT-NeoX with parallel residual.

Rotated channels are put into GPT-J's order, in which the two of a plane lie side by side; as query
and key are ordered alike, scores are the same.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from empirical.files.checkpoint import Checkpoint
from empirical.models.config import GPTJConfig
from empirical.models.gpt_neox import NeoXConfig
from empirical.models.llama import LlamaConfig
from empirical.models.phi import PhiConfig


@dataclass(frozen=True, eq=False)
class WeightAndBias:
    """A linear map or the affine part of a norm.

    Attributes:
        weight: of a map outputs × inputs, of a norm by channel.
        bias: zeros where there is none.
    """

    weight: Float32[np.ndarray, "..."]
    bias: Float32[np.ndarray, " outputs"]


@dataclass(frozen=True, eq=False)
class BlockWeights:
    """A model of one block, whose attention and MLP read the same stream.

    Attributes:
        embedding: ``[tokens, width]``.
        attention_norm, mlp_norm: of what attention and MLP read.
        query, key, value: ``[width, width]``, the rows of each head together.
        output: ``[width, width]``, the columns of each head together.
        hidden: into the MLP.
        written: out of it.
        last_norm: after the block.
        unembedding: ``[tokens, width]``.
        activation: of the MLP, as ``transformers`` calls it.
        centred: whether norms take the mean off, as LayerNorm does and RMSNorm does not.
        query_gain, key_gain: of an RMSNorm over each head's queries and keys, if there is one.
    """

    embedding: Float32[np.ndarray, "tokens width"]
    attention_norm: WeightAndBias
    mlp_norm: WeightAndBias
    query: WeightAndBias
    key: WeightAndBias
    value: WeightAndBias
    output: WeightAndBias
    hidden: WeightAndBias
    written: WeightAndBias
    last_norm: WeightAndBias
    unembedding: WeightAndBias
    activation: str
    centred: bool = True
    query_gain: Float32[np.ndarray, " channels"] | None = None
    key_gain: Float32[np.ndarray, " channels"] | None = None


def block_weights(checkpoint: Checkpoint) -> BlockWeights:
    """The weights of a checkpoint of one block."""
    if isinstance(checkpoint.config, PhiConfig):
        return _of_phi(checkpoint, checkpoint.config)
    if isinstance(checkpoint.config, NeoXConfig):
        return _of_gpt_neox(checkpoint, checkpoint.config)
    if isinstance(checkpoint.config, LlamaConfig):
        return _of_llama(checkpoint, checkpoint.config)
    return _of_gptj(checkpoint)


def _named(checkpoint: Checkpoint, name: str) -> WeightAndBias:
    """Stored weight and bias; zeros where a bias is not stored."""
    weight = checkpoint.weights[f"{name}.weight"]
    bias = checkpoint.weights.get(f"{name}.bias")
    return WeightAndBias(weight, np.zeros(len(weight), np.float32) if bias is None else bias)


def _of_gptj(checkpoint: Checkpoint) -> BlockWeights:
    block = "transformer.h.0"
    norm = _named(checkpoint, f"{block}.ln_1")
    return BlockWeights(
        embedding=checkpoint.weights["transformer.wte.weight"],
        attention_norm=norm,
        mlp_norm=norm,
        query=_named(checkpoint, f"{block}.attn.q_proj"),
        key=_named(checkpoint, f"{block}.attn.k_proj"),
        value=_named(checkpoint, f"{block}.attn.v_proj"),
        output=_named(checkpoint, f"{block}.attn.out_proj"),
        hidden=_named(checkpoint, f"{block}.mlp.fc_in"),
        written=_named(checkpoint, f"{block}.mlp.fc_out"),
        last_norm=_named(checkpoint, "transformer.ln_f"),
        unembedding=_named(checkpoint, "lm_head"),
        activation="gelu_new",
    )


def _of_gpt_neox(checkpoint: Checkpoint, config: NeoXConfig) -> BlockWeights:
    block = "gpt_neox.layers.0"
    fused = _named(checkpoint, f"{block}.attention.query_key_value")
    query, key, value = _unfused(fused, config)
    head = "gpt_neox.embed_in" if config.tied else "embed_out"
    return BlockWeights(
        embedding=checkpoint.weights["gpt_neox.embed_in.weight"],
        attention_norm=_named(checkpoint, f"{block}.input_layernorm"),
        mlp_norm=_named(checkpoint, f"{block}.post_attention_layernorm"),
        query=_paired(query, config),
        key=_paired(key, config),
        value=value,
        output=_named(checkpoint, f"{block}.attention.dense"),
        hidden=_named(checkpoint, f"{block}.mlp.dense_h_to_4h"),
        written=_named(checkpoint, f"{block}.mlp.dense_4h_to_h"),
        last_norm=_named(checkpoint, "gpt_neox.final_layer_norm"),
        unembedding=_named(checkpoint, head),
        activation=config.activation,
    )


def _of_phi(checkpoint: Checkpoint, config: PhiConfig) -> BlockWeights:
    block = "model.layers.0"
    norm = _named(checkpoint, f"{block}.input_layernorm")
    unembedding = _named(checkpoint, "model.embed_tokens" if config.tied else "lm_head")
    return BlockWeights(
        embedding=checkpoint.weights["model.embed_tokens.weight"],
        attention_norm=norm,
        mlp_norm=norm,
        query=_paired(_named(checkpoint, f"{block}.self_attn.q_proj"), config),
        key=_paired(_named(checkpoint, f"{block}.self_attn.k_proj"), config),
        value=_named(checkpoint, f"{block}.self_attn.v_proj"),
        output=_named(checkpoint, f"{block}.self_attn.dense"),
        hidden=_named(checkpoint, f"{block}.mlp.fc1"),
        written=_named(checkpoint, f"{block}.mlp.fc2"),
        last_norm=_named(checkpoint, "model.final_layernorm"),
        unembedding=WeightAndBias(unembedding.weight, checkpoint.weights["lm_head.bias"]),
        activation=config.activation,
    )


def _unfused(fused: WeightAndBias, config: NeoXConfig) -> list[WeightAndBias]:
    """Query, key and value, which lie one after the other in each head's part of one map."""
    shape = config.n_head, 3, config.head_dim
    weight, bias = fused.weight.reshape(*shape, config.n_embd), fused.bias.reshape(shape)
    return [
        WeightAndBias(weight[:, part].reshape(-1, config.n_embd), bias[:, part].reshape(-1))
        for part in range(3)
    ]


def _of_llama(checkpoint: Checkpoint, config: LlamaConfig) -> BlockWeights:
    """Its MLP writes nothing, or the model was refused."""
    block, width = "model.layers.0", config.n_embd
    norm = _named(checkpoint, f"{block}.input_layernorm")
    query, key, value, output = (
        _named(checkpoint, f"{block}.self_attn.{part}_proj") for part in "qkvo"
    )
    silent = WeightAndBias(np.zeros((1, width), np.float32), np.zeros(1, np.float32))
    return BlockWeights(
        embedding=checkpoint.weights["model.embed_tokens.weight"],
        attention_norm=norm,
        mlp_norm=norm,
        query=_paired(query, config),
        key=_paired(_repeated(key, config), config),
        value=_repeated(value, config),
        output=output,
        hidden=silent,
        written=WeightAndBias(silent.weight.T, np.zeros(width, np.float32)),
        last_norm=_named(checkpoint, "model.norm"),
        unembedding=_named(checkpoint, "model.embed_tokens" if config.tied else "lm_head"),
        activation="relu",
        centred=False,
        query_gain=_paired_gain(checkpoint, f"{block}.self_attn.q_norm.weight"),
        key_gain=_paired_gain(checkpoint, f"{block}.self_attn.k_norm.weight"),
    )


def _paired_gain(checkpoint: Checkpoint, name: str) -> Float32[np.ndarray, " channels"] | None:
    """A gain over the channels of a head with its halves taken in turns; none if none is stored."""
    gain = checkpoint.weights.get(name)
    return None if gain is None else gain.reshape(2, -1).T.reshape(-1)


def _repeated(projection: WeightAndBias, config: LlamaConfig) -> WeightAndBias:
    """The shared keys or values, once for each head."""
    times, shape = config.n_head // config.n_key_head, (config.n_key_head, config.head_dim)
    weight = projection.weight.reshape(*shape, config.n_embd).repeat(times, axis=0)
    bias = projection.bias.reshape(shape).repeat(times, axis=0)
    return WeightAndBias(weight.reshape(-1, config.n_embd), bias.reshape(-1))


def _paired(projection: WeightAndBias, config: GPTJConfig) -> WeightAndBias:
    """The same with the two halves of the rotated channels of each head taken in turns."""
    order = np.arange(config.head_dim)
    order[: config.rotary_dim] = order[: config.rotary_dim].reshape(2, -1).T.reshape(-1)
    rows = (np.arange(config.n_head)[:, None] * config.head_dim + order).reshape(-1)
    return WeightAndBias(projection.weight[rows], projection.bias[rows])
