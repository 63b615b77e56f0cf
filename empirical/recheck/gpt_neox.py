"""GPT-NeoX as Hugging Face stores it: with parallel residual, or an MLP that writes a constant.

A block does what one of GPT-J does, but for biases of attention and another norm for the MLP. What
is stored differs: queries, keys and values lie in one matrix, heads first, and a channel turns with
the one that is half of the turned channels further on.
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
from empirical.recheck.parts import Affine, Parts

BLOCK = "gpt_neox.layers.0"
WRITES = f"{BLOCK}.mlp.dense_4h_to_h.weight"
"""What has to be zero where the residual is not parallel."""
OLD_BUFFERS = tuple(
    f"{BLOCK}.attention.{name}" for name in ("bias", "masked_bias", "rotary_emb.inv_freq")
)
"""Causal masks and angles that old versions of transformers stored; they are no parameters."""
ACTIVATIONS = {
    "gelu": Activation.GELU,
    "gelu_new": Activation.GELU_TANH,
    "gelu_pytorch_tanh": Activation.GELU_TANH,
    "relu": Activation.RELU,
}
FACTOR = "partial_rotary_factor"
MOST_BASE = float(1 << 60)
"""Of the ladder; from 1 on, so that no plane turns by more than a radian."""


def parsed_gpt_neox(top: Field) -> Config:
    """The shape of a model from its ``config.json``.

    Whatever decides the function of the model has to be there, but for biases of attention, which
    there are by default, and tied embeddings, which there are not.
    """
    fields = top.any_object()
    named(top, fields, "use_parallel_residual")
    width = count(top, fields, "hidden_size")
    heads = count(top, fields, "num_attention_heads")
    if width % heads:
        fields["hidden_size"].fail(f"{width} does not split into {heads} heads")
    if "head_dim" in fields and fields["head_dim"].value not in (None, width // heads):
        fields["head_dim"].fail("heads share the width evenly")
    base_names, share_names = ("rotary_emb_base", "rope_theta"), ("rotary_pct", FACTOR)
    base, share = rotary(top, fields, base_names, share_names)
    turned = int(width // heads * share)
    if turned % 2 or not turned:
        top.fail(f"{turned} turned channels of {width // heads} are not made of pairs")
    if count(top, fields, "num_hidden_layers") != 1:
        fields["num_hidden_layers"].fail("one layer is read of this family")
    activation = named(top, fields, "hidden_act").choice(*ACTIVATIONS)
    return Config(
        architecture=Architecture.GPT_NEOX,
        tokens=token_count(top, fields, heads),
        width=width,
        blocks=1,
        heads=heads,
        rotary=turned,
        inner=count(top, fields, "intermediate_size"),
        epsilon=small_positive(named(top, fields, "layer_norm_eps")),
        base=base,
        activation=ACTIVATIONS[activation],
        attention_biased=switch(fields, "attention_bias", default=True),
        tied=switch(fields, "tie_word_embeddings", default=False),
        serial=not switch(fields, "use_parallel_residual", default=True),
    )


def switch(fields: Fields, name: str, *, default: bool) -> bool:
    """A truth value that may be missing."""
    if name not in fields:
        return default
    if not isinstance(fields[name].value, bool):
        fields[name].fail("true or false is expected here")
    return fields[name].value is True


def rotary(
    top: Field, fields: Fields, base_names: tuple[str, ...], share_names: tuple[str, ...]
) -> tuple[float, float]:
    """Base of the ladder of angles, and the share of channels that turn.

    New configurations say both in ``rope_parameters``, old ones in fields of the names that are
    given; a value that stands twice has to be the same.
    """
    if "rope_scaling" in fields and fields["rope_scaling"].value is not None:
        fields["rope_scaling"].fail("scaled angles are not read")
    spellings = {"base": base_names, "share": share_names}
    stated = {part: [fields[n] for n in names if n in fields] for part, names in spellings.items()}
    if "rope_parameters" in fields and fields["rope_parameters"].value is not None:
        own = fields["rope_parameters"].object(("rope_type", "rope_theta", FACTOR))
        own["rope_type"].choice("default")
        stated["base"].insert(0, own["rope_theta"])
        stated["share"].insert(0, own[FACTOR])
    values = {"base": (1.0, MOST_BASE), "share": (0.0, 1.0)}
    numbers = {}
    for part, (least, most) in values.items():
        if not stated[part]:
            top.fail(f"the field {spellings[part][0]!r} is missing")
        numbers[part] = stated[part][0].number(least, most)
        for other in stated[part][1:]:
            if other.number() != numbers[part]:
                other.fail("another value stands elsewhere in the file")
    return numbers["base"], numbers["share"]


def gpt_neox_shapes(config: Config) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every parameter."""
    width, inner, tokens = config.width, config.inner, config.tokens
    yield "gpt_neox.embed_in.weight", (tokens, width)
    maps = {
        "attention.query_key_value": (3 * width, width),
        "attention.dense": (width, width),
        "mlp.dense_h_to_4h": (inner, width),
        "mlp.dense_4h_to_h": (width, inner),
    }
    for norm in ("input_layernorm", "post_attention_layernorm"):
        yield f"{BLOCK}.{norm}.weight", (width,)
        yield f"{BLOCK}.{norm}.bias", (width,)
    for name, shape in maps.items():
        yield f"{BLOCK}.{name}.weight", shape
        if config.attention_biased or name.startswith("mlp"):
            yield f"{BLOCK}.{name}.bias", shape[:1]
    yield "gpt_neox.final_layer_norm.weight", (width,)
    yield "gpt_neox.final_layer_norm.bias", (width,)
    if not config.tied:
        yield "embed_out.weight", (tokens, width)


def gpt_neox_parts(weights: Mapping[str, np.ndarray], config: Config) -> Parts:
    """The stored numbers of a model of one block, channels that turn together side by side."""
    embedding = weights["gpt_neox.embed_in.weight"]

    def both(name: str) -> Affine:
        weight = weights[f"{name}.weight"]
        absent = np.zeros(len(weight), np.float32)
        return Affine(weight, weights.get(f"{name}.bias", absent))

    fused = both(f"{BLOCK}.attention.query_key_value")

    def cut(part: int, channels: list[int]) -> Affine:
        starts = [(3 * head + part) * config.dimension for head in range(config.heads)]
        rows = [start + channel for start in starts for channel in channels]
        return Affine(fused.weight[rows], fused.bias[rows])

    half = config.rotary // 2
    turned = [channel for plane in range(half) for channel in (plane, plane + half)]
    paired = [*turned, *range(config.rotary, config.dimension)]
    head = embedding if config.tied else weights["embed_out.weight"]
    return Parts(
        embedding=embedding,
        attention_norm=both(f"{BLOCK}.input_layernorm"),
        mlp_norm=both(f"{BLOCK}.post_attention_layernorm"),
        query=cut(0, paired),
        key=cut(1, paired),
        value=cut(2, list(range(config.dimension))),
        output=both(f"{BLOCK}.attention.dense"),
        inner=both(f"{BLOCK}.mlp.dense_h_to_4h"),
        outer=both(f"{BLOCK}.mlp.dense_4h_to_h"),
        last_norm=both("gpt_neox.final_layer_norm"),
        head=Affine(head, np.zeros(config.tokens, np.float32)),
    )
