"""Defines the shape of a Llama, Mistral, Qwen2 or Qwen3 model, as in its ``config.json``."""

import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from empirical.models.config import GPTJConfig
from empirical.models.gpt_neox import MOST_BASE, positive_count, stored_number
from theory.refusal import Refusal


@dataclass(frozen=True)
class LlamaConfig(GPTJConfig):
    """The shape of a Llama model, in GPT-J's names.

    Attributes:
        n_key_head: number of keys and values of a block, each shared by equally many heads.
        base: of the ladder of angles.
        biased: of query, key, value and output of a head those that have biases.
        normed: whether queries and keys of each head have a norm.
        tied: whether the unembedding is the embedding.

    Raises:
        Refusal: a model of this shape is not read; the message names the field.
    """

    n_key_head: int = 1
    base: float = GPTJConfig.BASE
    biased: str = ""
    normed: bool = False
    tied: bool = False

    FIXED: ClassVar[dict[str, object]] = {"model_type": "llama"}

    def __post_init__(self) -> None:
        """Refuse bases and groups of keys that are not read."""
        super().__post_init__()
        if not 1 <= self.base <= MOST_BASE:
            raise Refusal(f"rope_theta is {self.base}: give a base from 1 to 2^60")
        if self.n_head % self.n_key_head:
            raise Refusal(f"num_key_value_heads is {self.n_key_head}: give a divisor of the heads")

    @property
    def angles(self) -> tuple[float, ...]:
        """Radians per position of each plane."""
        planes = range(self.rotary_dim // 2)
        return tuple(self.base ** (-2 * plane / self.rotary_dim) for plane in planes)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "LlamaConfig":
        """Read the contents of a ``config.json``; see ``GPTJConfig.from_json``."""
        _refuse_windows(values)
        width, heads = (
            positive_count(values, "hidden_size"),
            positive_count(values, "num_attention_heads"),
        )
        for name in ("attention_bias", "tie_word_embeddings", "mlp_bias"):
            if not isinstance(values.get(name, False), bool):
                raise Refusal(f"{name} is {reprlib.repr(values[name])}: give true or false")
        if values.get("mlp_bias"):
            raise Refusal("mlp_bias is true: biases of the MLP are not read")
        if values.get("head_dim") not in (None, width // heads):
            raise Refusal("head_dim is not hidden_size over num_attention_heads: leave it out")
        return cls(
            vocab_size=positive_count(values, "vocab_size"),
            n_embd=width,
            n_layer=positive_count(values, "num_hidden_layers"),
            n_head=heads,
            rotary_dim=width // heads,
            n_inner=positive_count(values, "intermediate_size"),
            layer_norm_epsilon=stored_number(values, "rms_norm_eps"),
            n_key_head=positive_count(values, "num_key_value_heads"),
            base=_base(values),
            biased=cls.biased_parts(values),
            normed=cls is Qwen3Config,
            tied=values.get("tie_word_embeddings", False),
        )

    @staticmethod
    def biased_parts(values: Mapping[str, Any]) -> str:
        """Which of the four maps of attention have biases."""
        return "qkvo" if values.get("attention_bias") else ""

    def shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yields name and shape of every parameter."""
        width, shared = self.n_embd, self.n_key_head * self.head_dim
        yield "model.embed_tokens.weight", (self.vocab_size, width)
        for layer in range(self.n_layer):
            block = f"model.layers.{layer}"
            for part, rows in {"q": width, "k": shared, "v": shared, "o": width}.items():
                yield f"{block}.self_attn.{part}_proj.weight", (rows, width)
                if part in self.biased:
                    yield f"{block}.self_attn.{part}_proj.bias", (rows,)
            for part in "qk" if self.normed else "":
                yield f"{block}.self_attn.{part}_norm.weight", (self.head_dim,)
            yield f"{block}.mlp.gate_proj.weight", (self.inner, width)
            yield f"{block}.mlp.up_proj.weight", (self.inner, width)
            yield f"{block}.mlp.down_proj.weight", (width, self.inner)
            yield f"{block}.input_layernorm.weight", (width,)
            yield f"{block}.post_attention_layernorm.weight", (width,)
        yield "model.norm.weight", (width,)
        if not self.tied:
            yield "lm_head.weight", (self.vocab_size, width)


@dataclass(frozen=True)
class MistralConfig(LlamaConfig):
    """A Llama without biases, whose attention has no window."""

    FIXED: ClassVar[dict[str, object]] = {"model_type": "mistral"}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "LlamaConfig":
        """See ``LlamaConfig.from_json``."""
        if values.get("sliding_window", "missing") is not None:
            raise Refusal("sliding_window is not null: a window of attention is not read")
        return super().from_json(values)

    @staticmethod
    def biased_parts(values: Mapping[str, Any]) -> str:
        """None."""
        return ""


@dataclass(frozen=True)
class Qwen2Config(LlamaConfig):
    """A Llama whose queries, keys and values have biases."""

    FIXED: ClassVar[dict[str, object]] = {"model_type": "qwen2"}

    @staticmethod
    def biased_parts(values: Mapping[str, Any]) -> str:
        """All but the output."""
        return "qkv"


@dataclass(frozen=True)
class Qwen3Config(LlamaConfig):
    """A Llama whose queries and keys have a norm in each head."""

    FIXED: ClassVar[dict[str, object]] = {"model_type": "qwen3"}


def _refuse_windows(values: Mapping[str, Any]) -> None:
    """Refuse attention that does not reach back to the first token."""
    if values.get("use_sliding_window", False) is not False:
        raise Refusal("use_sliding_window is not false: a window of attention is not read")
    if values.get("layer_types") not in (None, ["full_attention"]):
        raise Refusal("layer_types is not one full_attention: no other layer is read")


def _base(values: Mapping[str, Any]) -> float:
    """Base of the ladder of angles, in which all channels turn."""
    if values.get("rope_scaling") is not None:
        raise Refusal("rope_scaling is set: only angles that are not scaled are read")
    if values.get("partial_rotary_factor", 1) != 1:
        raise Refusal("partial_rotary_factor is not 1: all channels turn in this family")
    bases = [stored_number(values, "rope_theta")] if "rope_theta" in values else []
    new = values.get("rope_parameters")
    if new is not None:
        known = isinstance(new, dict) and set(new) == {"rope_type", "rope_theta"}
        if not known or new["rope_type"] != "default":
            raise Refusal(
                f"rope_parameters is {reprlib.repr(new)}: give rope_type default and rope_theta, "
                "as other angles are not read"
            )
        bases.append(stored_number(new, "rope_theta"))
    if not bases:
        raise Refusal("rope_theta is missing: add it")
    if len({*bases}) > 1:
        raise Refusal("rope_theta stands twice, with two values: leave one of them out")
    return bases[0]
