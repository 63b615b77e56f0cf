"""Small models of every family, with random weights that attend sharply."""

from pathlib import Path
from typing import Any

import torch
import transformers

from empirical.foreign.families import families
from empirical.foreign.reading import Model
from empirical.foreign.vocabulary import Vocabulary

TRAINED, ORIGINAL, WINDOW = 32, 24, 8
"""Positions the models are made for, before scaling; shorter than the inputs of the tests."""

ROPE: dict[str, dict[str, object]] = {
    "default": {},
    "linear": {"factor": 2.0},
    "dynamic": {"factor": 2.0},
    "llama3": {
        "factor": 4.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": ORIGINAL,
    },
    "yarn": {"factor": 4.0, "original_max_position_embeddings": ORIGINAL},
    "longrope": {"factor": 4.0, "original_max_position_embeddings": ORIGINAL},
}

SHAPE: dict[str, object] = {
    "vocab_size": 64,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "intermediate_size": 40,
    "max_position_embeddings": TRAINED,
    "tie_word_embeddings": False,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
}
"""One layer of two is sliding where a family has windows."""

OWN: dict[str, dict[str, object]] = {
    "llama": {},
    "mistral": {"sliding_window": WINDOW},
    "qwen2": {"head_dim": 8, "use_sliding_window": True, "sliding_window": WINDOW,
              "max_window_layers": 1},
    "qwen3": {"use_sliding_window": True, "sliding_window": WINDOW, "max_window_layers": 1},
    "gemma": {},
    "gemma2": {"sliding_window": WINDOW, "query_pre_attn_scalar": 24,
               "attn_logit_softcapping": 3.0},
    "gemma3_text": {"sliding_window": WINDOW, "query_pre_attn_scalar": 24,
                    "layer_types": ["sliding_attention", "full_attention"]},
    "granite": {"attention_multiplier": 0.15},
    "olmo2": {"head_dim": 8},
    "phi": {"head_dim": 8},
    "phi3": {"head_dim": 8, "sliding_window": WINDOW, "pad_token_id": 0},
    "mixtral": {"sliding_window": WINDOW, "num_local_experts": 3, "num_experts_per_tok": 2},
    "qwen3_moe": {"use_sliding_window": True, "sliding_window": WINDOW, "num_experts": 3,
                  "num_experts_per_tok": 2, "moe_intermediate_size": 24},
    "starcoder2": {"head_dim": 8, "sliding_window": WINDOW},
    "gpt_neox": {"head_dim": 8, "num_key_value_heads": None},
    "gptj": {"head_dim": 8, "max_position_embeddings": 64, "rotary_dim": 4,
             "num_key_value_heads": None},
}  # fmt: skip


PARTLY = {"gpt_neox": 0.5, "phi": 0.5, "phi3": 0.75}
"""The share of channels that turn, where not all do."""
KINDS = {"gptj": ["default"], "phi3": ["default", "longrope"]}
"""RoPE types, of families whose code does not have all."""


def rope_types(model_type: str) -> list[str]:
    """The RoPE types that the code of a family has."""
    return KINDS.get(model_type, list(ROPE))


def config(model_type: str, rope_type: str = "default", **change: object) -> Any:
    """A small configuration."""
    kind = getattr(transformers, families()[model_type].model_class).config_class
    values = {**SHAPE, **OWN[model_type]}
    if model_type != "gptj":
        part = PARTLY.get(model_type, 1.0)
        planes = int(values["head_dim"] * part) // 2  # type: ignore[operator]
        scaled = {"rope_type": rope_type, "rope_theta": 100.0, **ROPE[rope_type]}
        if part != 1.0:
            scaled["partial_rotary_factor"] = part
        if rope_type == "longrope":
            scaled["short_factor"] = [1.0 + 0.1 * f for f in range(planes)]
            scaled["long_factor"] = [2.0 + 0.5 * f for f in range(planes)]
        local = {"rope_type": "default", "rope_theta": 30.0}
        values["rope_parameters"] = (
            {"full_attention": scaled, "sliding_attention": local}
            if model_type == "gemma3_text"
            else scaled
        )
    given = {**values, **change}
    return kind(**{name: value for name, value in given.items() if value is not None})


def model(configuration: Any, seed: int = 0) -> Any:
    """A model with random parameters; attention logits deviate by about 2."""
    kind = getattr(transformers, families()[configuration.model_type].model_class)
    configuration._attn_implementation = "eager"
    built = kind(configuration).eval()
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in built.named_parameters():
            if parameter.ndim == 1:  # norms and biases, wherever one is neutral
                parameter.add_(0.2 * torch.randn_like(parameter))
            elif "embed" in name or "wte" in name:
                parameter.normal_()
            else:
                parameter.normal_(std=(2 / parameter.shape[1]) ** 0.5)
    return built


def unread(configuration: Any, seed: int = 0) -> Model:
    """The same model as if it had been read from a directory."""
    return Model(
        Path(configuration.model_type),
        families()[configuration.model_type],
        model(configuration, seed),
        fingerprint="",
        vocabulary=Vocabulary.unknown(configuration.vocab_size),
    )


def write(path: Path, configuration: Any, seed: int = 0) -> Path:
    """Save a small model as its makers would."""
    model(configuration, seed).save_pretrained(path)
    return path
