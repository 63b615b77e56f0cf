"""GGUF files of small models, written with the library that others write them with."""

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
NAMES = {"gemma3_text": "gemma3"}
"""Architectures that are called otherwise in GGUF files."""


def write(
    file: Path,
    model: Any,
    *,
    tokens: list[str] | None = None,
    kind: str = "F32",
    extra: dict[str, object] | None = None,
    tensors: dict[str, np.ndarray] | None = None,
) -> Path:
    """Write a model as converters do.

    Args:
        file: where to.
        model: of a family whose GGUF files are read.
        tokens: its vocabulary, if it is to have one; the first is the start token.
        kind: the type of its matrices.
        extra: further entries of metadata.
        tensors: further tensors.
    """
    config, architecture = model.config, NAMES.get(model.config.model_type, model.config.model_type)
    writer = gguf.GGUFWriter(file, architecture)
    rope = config.rope_parameters
    entries: dict[str, object] = {
        f"{architecture}.{name}": getattr(config, said) for name, said in ENTRIES.items()
    } | {f"{architecture}.rope.freq_base": rope.get("full_attention", rope)["rope_theta"]}
    if architecture.startswith("gemma"):
        entries |= {
            f"{architecture}.attention.key_length": config.head_dim,
            f"{architecture}.attention.value_length": config.head_dim,
            f"{architecture}.attention.sliding_window": config.sliding_window,
        }
    elif architecture == "qwen3":
        entries |= {f"{architecture}.attention.key_length": config.head_dim}
    elif architecture == "llama":
        entries |= {
            f"{architecture}.rope.dimension_count": config.head_dim,
            f"{architecture}.vocab_size": config.vocab_size,
        }
    for name, value in (entries | (extra or {})).items():
        _add(writer, name, value)
    if tokens is not None:
        writer.add_tokenizer_model("llama")
        writer.add_token_list(tokens)
        writer.add_token_scores([0.0] * len(tokens))
        writer.add_token_types([3] + [1] * (len(tokens) - 2) + [5])
        writer.add_bos_token_id(0)
    for name, array in (_tensors(model, architecture) | (tensors or {})).items():
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


def _tensors(model: Any, architecture: str) -> dict[str, np.ndarray]:
    kinds = {name: kind for kind, name in gguf.MODEL_ARCH_NAMES.items()}
    names = gguf.get_tensor_name_map(kinds[architecture], model.config.num_hidden_layers)
    found = {}
    for name, parameter in model.named_parameters():
        module, _, last = name.rpartition(".")
        array = parameter.detach().numpy()
        stored = f"{names.get_name(module)}.{last}"
        if architecture == "llama" and ".attn_" in stored and stored[-11:] != "norm.weight":
            array = _permuted(array, stored, model.config)
        if architecture.startswith("gemma") and stored.endswith("norm.weight"):
            array = array + 1
        found[stored] = np.ascontiguousarray(array)
    return found


def _permuted(array: np.ndarray, stored: str, config: Any) -> np.ndarray:
    """Rows of queries and keys, from halves to interleaved pairs."""
    heads = {
        "attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads,
    }.get(stored.split(".")[2])  # fmt: skip
    if heads is None:
        return array
    pairs = array.reshape(heads, 2, array.shape[0] // heads // 2, *array.shape[1:])
    return pairs.swapaxes(1, 2).reshape(array.shape)


FAMILIES = ("gemma2", "gemma3_text", "llama", "qwen2", "qwen3")
"""Families whose GGUF files are read."""
