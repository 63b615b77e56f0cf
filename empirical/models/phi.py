"""Defines the shape of a Phi model, as in its ``config.json``."""

import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from empirical.models.gpt_neox import (
    NeoXConfig,
    positive_count,
    rotary_base_and_share,
    stored_number,
)
from theory.refusal import Refusal


@dataclass(frozen=True)
class PhiConfig(NeoXConfig):
    """The shape of a Phi model, in GPT-J's names; its biases of attention are always there."""

    FIXED: ClassVar[dict[str, object]] = {"model_type": "phi"}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "PhiConfig":
        """Read the contents of a ``config.json``; see ``GPTJConfig.from_json``.

        Whatever decides the function has to be there, but for ``qk_layernorm`` and
        ``tie_word_embeddings``, which are false by default.
        """
        width = positive_count(values, "hidden_size")
        heads = positive_count(values, "num_attention_heads")
        base, share = rotary_base_and_share(values, ("rope_theta", "partial_rotary_factor"))
        if values.get("head_dim") not in (None, width // heads):
            raise Refusal("head_dim is not hidden_size over num_attention_heads: leave it out")
        if values.get("num_key_value_heads") not in (None, heads):
            raise Refusal(
                "num_key_value_heads is not num_attention_heads: shared keys are not read"
            )
        if values.get("qk_layernorm", False) is not False:
            raise Refusal("qk_layernorm is not false: norms of queries and keys are not read")
        tied = values.get("tie_word_embeddings", False)
        if not isinstance(tied, bool):
            raise Refusal(f"tie_word_embeddings is {reprlib.repr(tied)}: give true or false")
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
            tied=tied,
        )

    def shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yields name and shape of every parameter."""
        width, vocabulary = self.n_embd, self.vocab_size
        yield "model.embed_tokens.weight", (vocabulary, width)
        for layer in range(self.n_layer):
            block = f"model.layers.{layer}"
            for part in ("q_proj", "k_proj", "v_proj", "dense"):
                yield f"{block}.self_attn.{part}.weight", (width, width)
                yield f"{block}.self_attn.{part}.bias", (width,)
            yield f"{block}.mlp.fc1.weight", (self.inner, width)
            yield f"{block}.mlp.fc1.bias", (self.inner,)
            yield f"{block}.mlp.fc2.weight", (width, self.inner)
            yield f"{block}.mlp.fc2.bias", (width,)
            yield f"{block}.input_layernorm.weight", (width,)
            yield f"{block}.input_layernorm.bias", (width,)
        yield "model.final_layernorm.weight", (width,)
        yield "model.final_layernorm.bias", (width,)
        if not self.tied:
            yield "lm_head.weight", (vocabulary, width)
        yield "lm_head.bias", (vocabulary,)
