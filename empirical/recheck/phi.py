"""Phi of one layer, as Hugging Face stores it.

A block does what one of GPT-J does, but for biases of attention; a channel turns with the one that
is half of the turned channels further on.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from empirical.recheck.config import (
    Architecture,
    Config,
    count,
    named,
    small_positive,
    token_count,
)
from empirical.recheck.fields import Field
from empirical.recheck.gpt_neox import ACTIVATIONS, rotary, switch
from empirical.recheck.parts import Affine, Parts

BLOCK = "model.layers.0"


def parsed_phi(top: Field) -> Config:
    """The shape of a model from its ``config.json``.

    Whatever decides the function of the model has to be there, but for tied embeddings and norms of
    queries and keys, which there are not by default.
    """
    fields = top.any_object()
    width = count(top, fields, "hidden_size")
    heads = count(top, fields, "num_attention_heads")
    if width % heads:
        fields["hidden_size"].fail(f"{width} does not split into {heads} heads")
    for name, value in {"num_key_value_heads": heads, "head_dim": width // heads}.items():
        if name in fields and fields[name].value not in (None, value):
            fields[name].fail(f"{value} is expected here: heads share no keys, but all the width")
    if switch(fields, "qk_layernorm", default=False):
        fields["qk_layernorm"].fail("norms of queries and keys are not read")
    base, share = rotary(top, fields, ("rope_theta",), ("partial_rotary_factor",))
    turned = int(width // heads * share)
    if turned % 2 or not turned:
        top.fail(f"{turned} turned channels of {width // heads} are not made of pairs")
    if count(top, fields, "num_hidden_layers") != 1:
        fields["num_hidden_layers"].fail("one layer is read of this family")
    activation = named(top, fields, "hidden_act").choice(*ACTIVATIONS)
    return Config(
        architecture=Architecture.PHI,
        tokens=token_count(top, fields, heads),
        width=width,
        blocks=1,
        heads=heads,
        rotary=turned,
        inner=count(top, fields, "intermediate_size"),
        epsilon=small_positive(named(top, fields, "layer_norm_eps")),
        base=base,
        activation=ACTIVATIONS[activation],
        attention_biased=True,
        tied=switch(fields, "tie_word_embeddings", default=False),
    )


def phi_shapes(config: Config) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every parameter."""
    width, inner, tokens = config.width, config.inner, config.tokens
    yield "model.embed_tokens.weight", (tokens, width)
    maps = {f"self_attn.{name}": (width, width) for name in ("q_proj", "k_proj", "v_proj", "dense")}
    maps |= {"mlp.fc1": (inner, width), "mlp.fc2": (width, inner)}
    for name, shape in maps.items():
        yield f"{BLOCK}.{name}.weight", shape
        yield f"{BLOCK}.{name}.bias", shape[:1]
    for norm in (f"{BLOCK}.input_layernorm", "model.final_layernorm"):
        yield f"{norm}.weight", (width,)
        yield f"{norm}.bias", (width,)
    if not config.tied:
        yield "lm_head.weight", (tokens, width)
    yield "lm_head.bias", (tokens,)


def phi_parts(weights: Mapping[str, np.ndarray], config: Config) -> Parts:
    """The stored numbers of a model of one block, which reads one norm twice."""
    half = config.rotary // 2
    turned = [channel for plane in range(half) for channel in (plane, plane + half)]
    paired = [*turned, *range(config.rotary, config.dimension)]
    starts = [head * config.dimension for head in range(config.heads)]
    rows = [start + channel for start in starts for channel in paired]

    def both(name: str) -> Affine:
        return Affine(weights[f"{name}.weight"], weights[f"{name}.bias"])

    def in_pairs(name: str) -> Affine:
        stored = both(f"{BLOCK}.self_attn.{name}")
        return Affine(stored.weight[rows], stored.bias[rows])

    embedding, norm = weights["model.embed_tokens.weight"], both(f"{BLOCK}.input_layernorm")
    return Parts(
        embedding=embedding,
        attention_norm=norm,
        mlp_norm=norm,
        query=in_pairs("q_proj"),
        key=in_pairs("k_proj"),
        value=both(f"{BLOCK}.self_attn.v_proj"),
        output=both(f"{BLOCK}.self_attn.dense"),
        inner=both(f"{BLOCK}.mlp.fc1"),
        outer=both(f"{BLOCK}.mlp.fc2"),
        last_norm=both("model.final_layernorm"),
        head=Affine(
            embedding if config.tied else weights["lm_head.weight"], weights["lm_head.bias"]
        ),
    )
