"""GGUF files of small models, written with the library that others write them with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

gguf: Any = pytest.importorskip("gguf", reason="gguf is not installed")
ENTRIES = {
    "context_length": "max_position_embeddings",
    "embedding_length": "hidden_size",
    "block_count": "num_hidden_layers",
    "feed_forward_length": "intermediate_size",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.layer_norm_rms_epsilon": "rms_norm_eps",
}
"""What is written of every configuration."""
OWN = {
    "mixtral": {"expert_count": "num_local_experts", "expert_used_count": "num_experts_per_tok"},
    "qwen3_moe": {
        "expert_count": "num_experts",
        "expert_used_count": "num_experts_per_tok",
        "expert_feed_forward_length": "moe_intermediate_size",
    },
    "granite": {
        "attention.scale": "attention_multiplier",
        "embedding_scale": "embedding_multiplier",
        "residual_scale": "residual_multiplier",
        "logit_scale": "logits_scaling",
    },
}
"""What is written of some besides."""
NAMES = {"gemma3_text": "gemma3", "mixtral": "llama", "qwen3_moe": "qwen3moe"}
"""Architectures that are called otherwise in GGUF files."""


def write(
    file: Path,
    model: Any,
    *,
    tokens: list[str] | None = None,
    kind: str = "F32",
    extra: dict[str, object] | None = None,
    tensors: Mapping[str, np.ndarray | None] | None = None,
    leave_out: tuple[str, ...] = (),
) -> Path:
    """Write a model as converters do.

    Args:
        file: where to.
        model: of a family whose GGUF files are read.
        tokens: its vocabulary, if it is to have one; the first is the start token.
        kind: the type of its matrices.
        extra: further entries of metadata.
        tensors: further tensors, or others of a name; None for one that is left out.
        leave_out: entries that are not written.
    """
    config, architecture = model.config, NAMES.get(model.config.model_type, model.config.model_type)
    writer = gguf.GGUFWriter(file, architecture)
    rope = config.rope_parameters
    entries: dict[str, object] = {
        f"{architecture}.{name}": getattr(config, attribute)
        for name, attribute in (ENTRIES | OWN.get(config.model_type, {})).items()
    } | {f"{architecture}.rope.freq_base": rope.get("full_attention", rope)["rope_theta"]}
    if architecture.startswith("gemma"):
        entries |= {
            f"{architecture}.attention.key_length": config.head_dim,
            f"{architecture}.attention.value_length": config.head_dim,
            f"{architecture}.attention.sliding_window": config.sliding_window,
        }
    elif architecture in ("qwen3", "qwen3moe"):
        entries |= {f"{architecture}.attention.key_length": config.head_dim}
    elif architecture == "phi3":
        part = rope["partial_rotary_factor"]
        size = config.hidden_size // config.num_attention_heads
        entries |= {
            f"{architecture}.rope.dimension_count": int(part * size),
            f"{architecture}.rope.scaling.original_context_length": 24,
            f"{architecture}.attention.sliding_window": config.sliding_window or 0,
        }
    elif architecture in ("llama", "granite"):
        size = config.hidden_size // config.num_attention_heads
        entries |= {
            f"{architecture}.rope.dimension_count": getattr(config, "head_dim", size),
            f"{architecture}.vocab_size": config.vocab_size,
        }
    for name, value in (entries | (extra or {})).items():
        if name not in leave_out:
            _add(writer, name, value)
    if tokens is not None:
        writer.add_tokenizer_model("llama")
        writer.add_token_list(tokens)
        writer.add_token_scores([0.0] * len(tokens))
        writer.add_token_types([3] + [1] * (len(tokens) - 2) + [5])
        writer.add_bos_token_id(0)
    for name, array in {**tensors_of(model, architecture), **(tensors or {})}.items():
        if array is not None:
            _add_tensor(writer, name, array, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _add(writer: Any, name: str, value: object) -> None:
    if isinstance(value, str):
        writer.add_string(name, value)
    elif isinstance(value, float):
        writer.add_float32(name, value)
    else:
        writer.add_uint32(name, value)


def _add_tensor(writer: Any, name: str, array: np.ndarray, kind: str) -> None:
    if kind == "F32" or array.ndim == 1:
        writer.add_tensor(name, array)
        return
    type_ = gguf.GGMLQuantizationType[kind]
    writer.add_tensor(name, gguf.quantize(array, type_), raw_dtype=type_)


def tensors_of(model: Any, architecture: str) -> dict[str, np.ndarray]:
    """The tensors of a model, named and laid out as in a file."""
    kinds = {name: kind for kind, name in gguf.MODEL_ARCH_NAMES.items()}
    names = gguf.get_tensor_name_map(kinds[architecture], model.config.num_hidden_layers)
    tensors: dict[str, np.ndarray] = {}
    for name, parameter in model.named_parameters():
        module, _, last = name.rpartition(".")
        array = parameter.detach().numpy()
        if module.endswith(".experts"):
            tensors |= _experts(module.split(".")[2], last, array)
            continue
        stored = f"{names.get_name(module)}.{last}"
        if (
            architecture in ("llama", "granite")
            and ".attn_" in stored
            and stored[-11:] != "norm.weight"
        ):
            array = _permuted(array, stored, model.config)
        if architecture.startswith("gemma") and stored.endswith("norm.weight"):
            array = array + 1
        tensors[stored] = np.ascontiguousarray(array)
    return tensors


def _experts(layer: str, name: str, array: np.ndarray) -> dict[str, np.ndarray]:
    """The experts of a layer: gates and what they let through in tensors of their own."""
    parts = {"down": array}
    if name == "gate_up_proj":
        parts = dict(zip(("gate", "up"), np.split(array, 2, axis=1), strict=True))
    return {
        f"blk.{layer}.ffn_{part}_exps.weight": np.ascontiguousarray(rows)
        for part, rows in parts.items()
    }


def _permuted(array: np.ndarray, stored: str, config: Any) -> np.ndarray:
    """Rows of queries and keys, from halves to interleaved pairs."""
    heads = {
        "attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads,
    }.get(stored.split(".")[2])  # fmt: skip
    if heads is None:
        return array
    pairs = array.reshape(heads, 2, array.shape[0] // heads // 2, *array.shape[1:])
    return pairs.swapaxes(1, 2).reshape(array.shape)


FAMILIES = (
    "gemma2", "gemma3_text", "granite", "llama", "mixtral", "olmo2", "phi3", "qwen2", "qwen3",
    "qwen3_moe",
)  # fmt: skip
"""Families whose GGUF files are read."""
