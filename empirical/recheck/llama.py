"""Llama, Mistral without a window, Qwen2 and Qwen3, of one layer whose MLP writes nothing.

Their MLP reads what attention wrote, so that what it writes is no sum over tokens. Where its last
map is zero, what is left is a sum as in GPT-J: norms take no mean off, and several heads may share
a key and a value.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from empirical.recheck.config import (
    Activation,
    Architecture,
    Config,
    count,
    named,
    small_positive,
    token_count,
)
from empirical.recheck.fields import Field, Fields
from empirical.recheck.gpt_neox import MOST_BASE, switch
from empirical.recheck.parts import Affine, Parts

BLOCK = "model.layers.0"
WRITES = f"{BLOCK}.mlp.down_proj.weight"
"""What has to be zero."""


def parsed_llama(top: Field, architecture: Architecture) -> Config:
    """The shape of a model from its ``config.json``."""
    fields = top.any_object()
    width = count(top, fields, "hidden_size")
    heads = count(top, fields, "num_attention_heads")
    shared = count(top, fields, "num_key_value_heads")
    if width % heads or heads % shared:
        top.fail(f"{width} does not split into {heads} heads with {shared} keys")
    dimension = width // heads
    if "head_dim" in fields and fields["head_dim"].value not in (None, dimension):
        fields["head_dim"].fail("heads share the width evenly")
    if dimension % 2:
        top.fail(f"{dimension} turned channels are not made of pairs")
    if count(top, fields, "num_hidden_layers") != 1:
        fields["num_hidden_layers"].fail("one layer is read of this family")
    if switch(fields, "mlp_bias", default=False):
        fields["mlp_bias"].fail("biases of the MLP are not read")
    _refuse_windows(top, fields, architecture)
    biased = architecture is Architecture.QWEN2
    if architecture in (Architecture.LLAMA, Architecture.QWEN3):
        biased = switch(fields, "attention_bias", default=False)
    return Config(
        architecture=architecture,
        tokens=token_count(top, fields, heads),
        width=width,
        blocks=1,
        heads=heads,
        rotary=dimension,
        inner=count(top, fields, "intermediate_size"),
        epsilon=small_positive(named(top, fields, "rms_norm_eps")),
        base=_base(top, fields),
        activation=Activation.RELU,
        attention_biased=biased,
        tied=switch(fields, "tie_word_embeddings", default=False),
        rms=True,
        serial=True,
        key_heads=shared,
    )


def _refuse_windows(top: Field, fields: Fields, architecture: Architecture) -> None:
    """Attention reaches back to the first token, however long the input is."""
    if architecture is Architecture.MISTRAL:
        if named(top, fields, "sliding_window").value is not None:
            fields["sliding_window"].fail("a window of attention is not read: null is")
    elif switch(fields, "use_sliding_window", default=False):
        fields["use_sliding_window"].fail("a window of attention is not read")
    layers = fields.get("layer_types")
    if layers is not None and layers.value not in (None, ["full_attention"]):
        layers.fail("one layer of full attention is read")


def _base(top: Field, fields: Fields) -> float:
    """Base of the ladder of angles: new configurations have it in ``rope_parameters``."""
    if "rope_scaling" in fields and fields["rope_scaling"].value is not None:
        fields["rope_scaling"].fail("scaled angles are not read")
    bases = [fields["rope_theta"]] if "rope_theta" in fields else []
    if "rope_parameters" in fields and fields["rope_parameters"].value is not None:
        own = fields["rope_parameters"].object(("rope_type", "rope_theta"))
        own["rope_type"].choice("default")
        bases.insert(0, own["rope_theta"])
    if not bases:
        top.fail("the field 'rope_theta' is missing")
    if "partial_rotary_factor" in fields and fields["partial_rotary_factor"].value != 1:
        fields["partial_rotary_factor"].fail("all channels turn in this family")
    base = bases[0].number(1.0, MOST_BASE)
    for other in bases[1:]:
        if other.number() != base:
            other.fail("another value stands elsewhere in the file")
    return base


def llama_shapes(config: Config) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every parameter."""
    width, tokens, few = config.width, config.tokens, config.key_heads * config.dimension
    yield "model.embed_tokens.weight", (tokens, width)
    for name, rows in (("q", width), ("k", few), ("v", few), ("o", width)):
        yield f"{BLOCK}.self_attn.{name}_proj.weight", (rows, width)
        has_bias = name != "o" or config.architecture is not Architecture.QWEN2
        if config.attention_biased and has_bias:
            yield f"{BLOCK}.self_attn.{name}_proj.bias", (rows,)
    if config.architecture is Architecture.QWEN3:
        for name in ("q", "k"):
            yield f"{BLOCK}.self_attn.{name}_norm.weight", (config.dimension,)
    for name in ("gate", "up"):
        yield f"{BLOCK}.mlp.{name}_proj.weight", (config.inner, width)
    yield WRITES, (width, config.inner)
    yield f"{BLOCK}.input_layernorm.weight", (width,)
    yield f"{BLOCK}.post_attention_layernorm.weight", (width,)
    yield "model.norm.weight", (width,)
    if not config.tied:
        yield "lm_head.weight", (tokens, width)


def llama_parts(weights: Mapping[str, np.ndarray], config: Config) -> Parts:
    """The stored numbers of a model of one block, a key and a value for each head."""
    half, width = config.dimension // 2, config.width
    paired = [channel for plane in range(half) for channel in (plane, plane + half)]

    def unshifted(name: str) -> Affine:
        return Affine(weights[name], np.zeros(len(weights[name]), np.float32))

    def projection(name: str, heads: int, channels: list[int]) -> Affine:
        stored = unshifted(f"{BLOCK}.self_attn.{name}_proj.weight")
        bias = weights.get(f"{BLOCK}.self_attn.{name}_proj.bias", stored.bias)
        starts = [head * heads // config.heads * config.dimension for head in range(config.heads)]
        rows = [start + channel for start in starts for channel in channels]
        return Affine(stored.weight[rows], bias[rows])

    def gain(name: str) -> np.ndarray | None:
        stored = weights.get(f"{BLOCK}.self_attn.{name}_norm.weight")
        return None if stored is None else stored[paired]

    embedding = weights["model.embed_tokens.weight"]
    norm, as_stored = unshifted(f"{BLOCK}.input_layernorm.weight"), list(range(config.dimension))
    nothing = np.zeros((1, width), np.float32)
    return Parts(
        embedding=embedding,
        attention_norm=norm,
        mlp_norm=norm,
        query=projection("q", config.heads, paired),
        key=projection("k", config.key_heads, paired),
        value=projection("v", config.key_heads, as_stored),
        output=projection("o", config.heads, as_stored),
        inner=Affine(nothing, np.zeros(1, np.float32)),
        outer=Affine(nothing.T, np.zeros(width, np.float32)),
        last_norm=unshifted("model.norm.weight"),
        head=unshifted("model.embed_tokens.weight" if config.tied else "lm_head.weight"),
        query_gain=gain("q"),
        key_gain=gain("k"),
    )
