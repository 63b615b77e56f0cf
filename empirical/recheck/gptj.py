"""GPT-J as Hugging Face stores it, or with heads that turn in one plane by an angle of choice."""

import sys
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
from empirical.recheck.parts import Affine, Parts

BASE = 10_000
"""GPT-J's rotary base."""
OLD_BUFFERS = (".attn.bias", ".attn.masked_bias")
"""Causal masks that old versions of transformers stored; they are no parameters."""


def parsed_gptj(top: Field, architecture: Architecture) -> Config:
    """The shape of a model from its ``config.json``.

    Fields that do not change the function of the model are not looked at.
    """
    fields = top.any_object()
    if "activation_function" in fields:
        fields["activation_function"].choice("gelu_new")
    if fields.get("tie_word_embeddings", top).value is True:
        fields["tie_word_embeddings"].fail("tied embeddings are not read")
    width, heads = count(top, fields, "n_embd"), count(top, fields, "n_head")
    rotary = count(top, fields, "rotary_dim")
    if width % heads:
        fields["n_embd"].fail(f"{width} does not split into {heads} heads")
    if rotary % 2 or rotary > width // heads:
        fields["rotary_dim"].fail(f"{rotary} is not made of pairs inside a head")
    has_inner = "n_inner" in fields and fields["n_inner"].value is not None
    has_epsilon = "layer_norm_epsilon" in fields
    angle = None
    if architecture is Architecture.ONE_PLANE:
        angle = named(top, fields, "angle").number(-sys.float_info.max, sys.float_info.max)
        if rotary != 2:
            fields["rotary_dim"].fail("one plane has 2 dimensions")
    return Config(
        architecture=architecture,
        tokens=token_count(top, fields, heads),
        width=width,
        blocks=count(top, fields, "n_layer"),
        heads=heads,
        rotary=rotary,
        inner=count(top, fields, "n_inner") if has_inner else 4 * width,
        epsilon=small_positive(fields["layer_norm_epsilon"]) if has_epsilon else 1e-5,
        base=BASE,
        angle=angle,
    )


def gptj_shapes(config: Config) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every parameter."""
    width, inner, tokens = config.width, config.inner, config.tokens
    yield "transformer.wte.weight", (tokens, width)
    for block in range(config.blocks):
        name = f"transformer.h.{block}"
        yield f"{name}.ln_1.weight", (width,)
        yield f"{name}.ln_1.bias", (width,)
        for projection in ("q_proj", "k_proj", "v_proj", "out_proj"):
            yield f"{name}.attn.{projection}.weight", (width, width)
        yield f"{name}.mlp.fc_in.weight", (inner, width)
        yield f"{name}.mlp.fc_in.bias", (inner,)
        yield f"{name}.mlp.fc_out.weight", (width, inner)
        yield f"{name}.mlp.fc_out.bias", (width,)
    yield "transformer.ln_f.weight", (width,)
    yield "transformer.ln_f.bias", (width,)
    yield "lm_head.weight", (tokens, width)
    yield "lm_head.bias", (tokens,)


def gptj_parts(weights: Mapping[str, np.ndarray], config: Config) -> Parts:
    """The stored numbers of a model of one block, which reads one norm twice."""
    none = np.zeros(config.width, np.float32)

    def both(name: str) -> Affine:
        return Affine(weights[f"{name}.weight"], weights[f"{name}.bias"])

    def projection(name: str) -> Affine:
        return Affine(weights[f"transformer.h.0.attn.{name}_proj.weight"], none)

    norm = both("transformer.h.0.ln_1")
    return Parts(
        embedding=weights["transformer.wte.weight"],
        attention_norm=norm,
        mlp_norm=norm,
        query=projection("q"),
        key=projection("k"),
        value=projection("v"),
        output=projection("out"),
        inner=both("transformer.h.0.mlp.fc_in"),
        outer=both("transformer.h.0.mlp.fc_out"),
        last_norm=both("transformer.ln_f"),
        head=both("lm_head"),
    )
