"""Defines the shape of a GPT-NeoX model, as in its ``config.json``."""

import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from empirical.models.config import LARGEST, GPTJConfig
from theory.refusal import Refusal

MOST_BASE = 1 << 60
"""Of the ladder of angles."""


@dataclass(frozen=True)
class NeoXConfig(GPTJConfig):
    """The shape of a GPT-NeoX model, in GPT-J's names.

    Attributes:
        base: of the ladder of angles.
        activation: of the MLP, as ``transformers`` calls it.
        attention_bias: whether query, key, value and output of a head have biases.
        tied: whether the unembedding is the embedding.
        parallel: whether the MLP stands beside attention, and not after it.

    Raises:
        Refusal: a model of this shape is not read; the message names the field.
    """

    base: float = GPTJConfig.BASE
    activation: str = "gelu"
    attention_bias: bool = True
    tied: bool = False
    parallel: bool = True

    FIXED: ClassVar[dict[str, object]] = {
        "architectures": ["GPTNeoXForCausalLM"],
        "model_type": "gpt_neox",
    }
    ACTIVATIONS: ClassVar[tuple[str, ...]] = ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu")
    """Those that are read; the third is the second."""

    def __post_init__(self) -> None:
        """Refuse bases and activations that are not read."""
        super().__post_init__()
        if not 1 <= self.base <= MOST_BASE:
            raise Refusal(f"the base of the angles is {self.base}: give one from 1 to 2^60")
        if self.activation not in self.ACTIVATIONS:
            choices = ", ".join(self.ACTIVATIONS)
            raise Refusal(f"hidden_act is {reprlib.repr(self.activation)}: read are {choices}")

    @property
    def angles(self) -> tuple[float, ...]:
        """Radians per position of each plane."""
        planes = range(self.rotary_dim // 2)
        return tuple(self.base ** (-2 * plane / self.rotary_dim) for plane in planes)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "NeoXConfig":
        """Read the contents of a ``config.json``; see ``GPTJConfig.from_json``.

        Whatever decides the function has to be there, but for ``attention_bias``, which is true
        by default, and ``tie_word_embeddings``, which is false.
        """
        parallel = values.get("use_parallel_residual")
        if not isinstance(parallel, bool):
            raise Refusal(
                f"use_parallel_residual is {reprlib.repr(parallel)}: give true, or false where the "
                "MLP reads what attention wrote"
            )
        width, heads = (
            positive_count(values, "hidden_size"),
            positive_count(values, "num_attention_heads"),
        )
        base, share = rotary_base_and_share(values, OLD_NAMES)
        if values.get("head_dim") not in (None, width // heads):
            raise Refusal("head_dim is not hidden_size over num_attention_heads: leave it out")
        switches = {"attention_bias": True, "tie_word_embeddings": False}
        for name, default in switches.items():
            if not isinstance(values.get(name, default), bool):
                raise Refusal(f"{name} is {reprlib.repr(values[name])}: give true or false")
        return cls(
            vocab_size=positive_count(values, "vocab_size"),
            n_embd=width,
            n_layer=positive_count(values, "num_hidden_layers"),
            n_head=heads,
            rotary_dim=int(width // heads * share),
            n_inner=positive_count(values, "intermediate_size"),
            layer_norm_epsilon=stored_number(values, "layer_norm_eps"),
            base=base,
            activation=values.get("hidden_act", "missing"),
            attention_bias=values.get("attention_bias", True),
            tied=values.get("tie_word_embeddings", False),
            parallel=parallel,
        )

    def shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yields name and shape of every parameter."""
        width, inner, vocabulary = self.n_embd, self.inner, self.vocab_size
        yield "gpt_neox.embed_in.weight", (vocabulary, width)
        for layer in range(self.n_layer):
            block = f"gpt_neox.layers.{layer}"
            for norm in ("input_layernorm", "post_attention_layernorm"):
                yield f"{block}.{norm}.weight", (width,)
                yield f"{block}.{norm}.bias", (width,)
            yield f"{block}.attention.query_key_value.weight", (3 * width, width)
            yield f"{block}.attention.dense.weight", (width, width)
            if self.attention_bias:
                yield f"{block}.attention.query_key_value.bias", (3 * width,)
                yield f"{block}.attention.dense.bias", (width,)
            yield f"{block}.mlp.dense_h_to_4h.weight", (inner, width)
            yield f"{block}.mlp.dense_h_to_4h.bias", (inner,)
            yield f"{block}.mlp.dense_4h_to_h.weight", (width, inner)
            yield f"{block}.mlp.dense_4h_to_h.bias", (width,)
        yield "gpt_neox.final_layer_norm.weight", (width,)
        yield "gpt_neox.final_layer_norm.bias", (width,)
        if not self.tied:
            yield "embed_out.weight", (vocabulary, width)


def rotary_base_and_share(
    values: Mapping[str, Any], old_names: tuple[str, ...]
) -> tuple[float, float]:
    """Base of the ladder and the share of channels that turn, from the new fields or the old."""
    if values.get("rope_scaling") is not None:
        raise Refusal("rope_scaling is set: only angles that are not scaled are read")
    old: dict[str, Any] = {name: values[name] for name in old_names if name in values}
    new = values.get("rope_parameters")
    if new is not None:
        if not isinstance(new, dict) or set(new) != NEW_NAMES or new["rope_type"] != "default":
            raise Refusal(
                f"rope_parameters is {reprlib.repr(new)}: give rope_type default, rope_theta and "
                "partial_rotary_factor, as other angles are not read"
            )
        old["rope_theta in rope_parameters"] = new["rope_theta"]
        old["partial_rotary_factor in rope_parameters"] = new["partial_rotary_factor"]
    bases = {name: stored_number(old, name) for name in old if "base" in name or "theta" in name}
    shares = {name: stored_number(old, name) for name in old if name not in bases}
    for one in (bases, shares):
        if not one:
            raise Refusal(f"{' or '.join(old_names)} is missing: add it")
        if len({*one.values()}) > 1:
            raise Refusal(f"{' and '.join(one)} differ: leave one of them out")
    (base,), (share,) = {*bases.values()}, {*shares.values()}
    if not 0 <= share <= 1:
        raise Refusal(f"{next(iter(shares))} is {share}: give a share from 0 to 1")
    return base, share


OLD_NAMES = ("rotary_emb_base", "rope_theta", "rotary_pct", "partial_rotary_factor")
NEW_NAMES = {"rope_type", "rope_theta", "partial_rotary_factor"}


def positive_count(values: Mapping[str, Any], name: str) -> int:
    """A positive whole number that has to be there."""
    value = values.get(name)
    if type(value) is not int or not 0 < value <= LARGEST:
        raise Refusal(f"{name} is {reprlib.repr(value)}: give a positive whole number")
    return value


def stored_number(values: Mapping[str, Any], name: str) -> float:
    """A number that has to be there."""
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise Refusal(f"{name} is {reprlib.repr(value)}: give a number")
    return float(value)
