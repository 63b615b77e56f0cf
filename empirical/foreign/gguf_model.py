"""Models in GGUF files: their configuration and tensors, as ``transformers`` names them.

Names and layout are mapped by ``transformers``, numbers dequantised by ``gguf``. What decides how a
model attends and has no place in that mapping, such as a scaling of RoPE, would be lost without a
word: such a file is refused. The dequantised weights are the model.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from empirical.files.gguf_header import GGUFHeader, QuantisedTensor, damaged, read_header
from empirical.foreign.vocabulary import Encode, Vocabulary
from theory.refusal import Refusal

SUFFIX = ".gguf"
ARCHITECTURES = {
    "llama": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "qwen3moe": "qwen3_moe",
    "gemma2": "gemma2",
    "gemma3": "gemma3_text",
    "granite": "granite",
    "olmo2": "olmo2",
    "phi3": "phi3",
}
"""The families that are read, by their names in GGUF files. Mistral's is ``llama``, and so is
Mixtral's, which has experts."""
ENTRIES: dict[str, dict[str, str | None]] = {
    "mixtral": {
        "expert_count": "num_local_experts",
        "expert_used_count": "num_experts_per_tok",
    },
    "qwen3_moe": {"expert_feed_forward_length": "moe_intermediate_size"},
    "granite": {
        "rope.dimension_count": None,
        "attention.scale": "attention_multiplier",
        "embedding_scale": "embedding_multiplier",
        "residual_scale": "residual_multiplier",
        "logit_scale": "logits_scaling",
    },
    "olmo2": {"rope.dimension_count": None},
}
"""What entries of some families are called in ``config.json`` that ``transformers`` does not know.
Families that it does not know at all have those of Llama besides."""
PERMUTED = ("llama", "granite")
"""Whose rows of queries and keys are stored in pairs that turn together."""
EXPERTS = re.compile(r"model\.layers\.(\d+)\.mlp\.experts\.(gate_up|down)_proj")
"""Experts of all of a layer in one parameter, which has no ending."""
AND = " + "
"""Between the names of tensors that one parameter is put together of."""
ROTATED = ("rope_freqs", "rope_factors_long", "rope_factors_short")
"""Tensors that change the angles."""
LONGEST_SHOWN = 100
"""Characters of an entry that a refusal shows."""
BASE = 10000.0
"""The base of angles of a file that says none."""
CONTROL, UNUSED_TYPE, UNKNOWN_TYPE = 3, 5, 2
"""Types of tokens that no text holds."""


@dataclass(frozen=True, eq=False)
class GGUFModel:
    """A model in one GGUF file.

    Attributes:
        header: what the file says of itself.
    """

    header: GGUFHeader

    @classmethod
    def read(cls, path: Path) -> "GGUFModel":
        """Read and check the header of a file.

        Raises:
            Refusal: ``gguf`` is not installed, the file is damaged, or its family is not read.
        """
        gguf = _library()
        model = cls(read_header(path, {int(k): v for k, v in gguf.GGML_QUANT_SIZES.items()}))
        if model.architecture not in ARCHITECTURES:
            raise Refusal(
                f"{path} holds a {model.architecture} model, and GGUF files are read of "
                f"{', '.join(ARCHITECTURES)}: give its safetensors, if that family is read"
            )
        return model

    @property
    def path(self) -> Path:
        """The file."""
        return self.header.path

    @property
    def architecture(self) -> str:
        """What the file calls the family."""
        return str(self.header.metadata.get("general.architecture"))

    @property
    def model_type(self) -> str:
        """What ``config.json`` calls it."""
        experts = self.header.metadata.get(f"{self.architecture}.expert_count")
        if self.architecture == "llama" and experts:
            return "mixtral"
        return ARCHITECTURES[self.architecture]

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of the whole file, in hexadecimal."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def configuration(self) -> str:
        """A digest of what decides prompts and angles: all of it is in the file."""
        return self.fingerprint

    def values(self) -> dict[str, Any]:
        """The configuration, in the names of ``config.json``.

        Raises:
            Refusal: something that matters is missing, or would be lost.
        """
        metadata, name = self.header.metadata, self.architecture
        mapping = _mapping(self.model_type)
        values: dict[str, Any] = {"model_type": self.model_type}
        left: dict[str, Any] = {}
        for key, value in metadata.items():
            group, _, rest = key.partition(".")
            renamed = mapping.get(rest) if group == name else None
            if renamed is not None:
                values[renamed] = value
            elif group == name:
                left[rest] = value
        tokens = metadata.get("tokenizer.ggml.tokens")
        if "vocab_size" not in values and isinstance(tokens, list):
            values["vocab_size"] = len(tokens)
        values["tie_word_embeddings"] = "output.weight" not in self.header.tensors
        for token, gguf_name in {"bos": "bos", "eos": "eos", "pad": "padding"}.items():
            values[f"{token}_token_id"] = metadata.get(f"tokenizer.ggml.{gguf_name}_token_id")
        missing = {"hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"} - {
            *values
        }
        if missing:
            raise damaged(self.path, f"its metadata has no {', '.join(sorted(missing))}")
        self._complete(values, left)
        self._refuse_lost(left)
        return values

    def _complete(self, values: dict[str, Any], left: Mapping[str, Any]) -> None:
        """Add what families say in other entries, or by leaving them out."""
        name, size = self.model_type, values["hidden_size"] // max(values["num_attention_heads"], 1)
        if name != "gemma3_text":  # has two bases
            values.setdefault("rope_theta", BASE)
        if name in ("qwen3", "qwen3_moe"):  # whose heads need not fill the width
            values.setdefault("head_dim", left.get("attention.key_length", size))
        if name == "qwen3_moe":
            values["norm_topk_prob"] = True
        if name == "phi3":
            values["sliding_window"] = left.get("attention.sliding_window") or None
            turned = left.get("rope.dimension_count", size)
            values["partial_rotary_factor"] = turned / max(size, 1)

    def _refuse_lost(self, left: Mapping[str, Any]) -> None:
        """Refuse what ``transformers`` would drop; ``agrees`` looks at the rest of ``left``."""
        scaling = left.get("rope.scaling.type", "none")
        factors = next((name for name in ROTATED if f"{name}.weight" in self.header.tensors), None)
        if scaling not in ("none", "") or factors is not None:
            raise Refusal(
                f"{self.path} scales its angles ({factors or scaling}), which is lost where GGUF "
                "is read: give the model's safetensors"
            )

    def agrees(self, config: Any, rotated: int) -> None:
        """Check that the finished configuration says what the file says.

        Args:
            config: as ``transformers`` made it of ``values``.
            rotated: how many channels of a head turn.

        Raises:
            Refusal: it does not: an entry of the file would be lost.
        """
        name = self.architecture
        mapping = _mapping(self.model_type)
        rope = config.rope_parameters
        full = rope.get("full_attention", rope)
        local = rope.get("sliding_attention", rope)
        expected = {
            "rope.dimension_count": rotated,
            "rope.freq_base": full["rope_theta"],
            "rope.freq_base_swa": local["rope_theta"],
            "rope.scaling.type": "none",
            "rope.scaling.factor": 1.0,
            "attention.key_length": config.head_dim if hasattr(config, "head_dim") else rotated,
            "attention.value_length": config.head_dim if hasattr(config, "head_dim") else rotated,
            "attention.sliding_window": getattr(config, "sliding_window", None),
            "attn_logit_softcapping": getattr(config, "attn_logit_softcapping", None),
            "final_logit_softcapping": getattr(config, "final_logit_softcapping", None),
            "attention.causal": True,
        }
        for key, value in self.header.metadata.items():
            group, _, rest = key.partition(".")
            if group != name or mapping.get(rest) is not None:
                continue
            if rest == "rope.scaling.original_context_length":  # nothing without a scaling
                continue
            if rest not in expected or not _same(value, expected[rest]):
                said_there = ascii(f"{key} = {value}"[:LONGEST_SHOWN])
                raise Refusal(
                    f"{self.path} says {said_there}, which is lost where GGUF is read: give the "
                    "model's safetensors"
                )

    @property
    def tensors(self) -> Mapping[str, QuantisedTensor]:
        """What the file says of every tensor."""
        return self.header.tensors

    def tensor_headers(self) -> Iterable[QuantisedTensor]:
        """The same without names."""
        return self.header.tensors.values()

    def shape(self, stored: str) -> tuple[int, ...]:
        """The shape of a tensor once it is dequantised; of some put together, along their rows."""
        first, *others = (self.header.tensors[name].shape for name in stored.split(AND))
        for other in others:
            if first[0] != other[0] or first[2:] != other[2:]:
                raise damaged(self.path, f"tensors of {stored} do not fit together")
            first = (first[0], first[1] + other[1], *first[2:])
        return first

    def kind(self, _: str) -> str:
        """What its numbers are once they are dequantised."""
        return "F32"

    def places(self, module: Any, _: object = None) -> dict[str, str]:
        """The tensor of the file that holds each parameter of a model.

        Args:
            module: the model, made without memory.

        Raises:
            Refusal: the file holds tensors that the model has no place for.
        """
        gguf = _library()
        kinds = {name: kind for kind, name in gguf.MODEL_ARCH_NAMES.items()}
        of_file = gguf.get_tensor_name_map(
            kinds[self.architecture], module.config.num_hidden_layers
        )
        stored_names, used = {}, set()
        for name in module.state_dict():
            parts = _experts(name) or _alone(of_file, name)
            if parts and self.header.tensors.keys() >= {*parts}:
                stored_names[name] = AND.join(parts)
                used.update(parts)
        unknown = self.header.tensors.keys() - used
        if unknown:
            raise Refusal(
                f"{self.path} holds {sorted(unknown)[0]!r}, which a "
                f"{self.model_type} model has no place for: give the model's "
                "safetensors"
            )
        return stored_names

    def tensor(self, stored: str, values: Mapping[str, Any]) -> Tensor:
        """A tensor, dequantised, laid out as ``transformers`` has it.

        Args:
            stored: its name in the file, or the names of those it is put together of.
            values: the configuration.
        """
        if AND in stored:
            return torch.cat([self.tensor(name, values) for name in stored.split(AND)], dim=1)
        gguf = _library()
        where = self.header.tensors[stored]
        data = np.memmap(self.path, np.uint8, "r", where.begin, (where.size,))
        kind = gguf.GGMLQuantizationType(where.kind)
        numbers = gguf.dequantize(_blocks(data, where, kind), kind).reshape(where.shape)
        moved = _processor(self.architecture, dict(values)).process(numbers, stored)
        return torch.from_numpy(np.array(moved.weights, dtype=np.float32))

    def vocabulary(self, size: int) -> Vocabulary:
        """The tokens of the model, and the one that its prompts begin with."""
        metadata = self.header.metadata
        tokens, types = (
            metadata.get(f"tokenizer.ggml.{name}") for name in ("tokens", "token_type")
        )
        if not isinstance(tokens, list):
            return Vocabulary.unknown(size)
        never = (CONTROL, UNUSED_TYPE, UNKNOWN_TYPE)
        kinds = types if isinstance(types, list) else []
        special = {token for token, kind in enumerate(kinds) if kind in never}
        start = metadata.get("tokenizer.ggml.bos_token_id")
        # Files of SentencePiece vocabularies that do not say so mean yes.
        adds = metadata.get(
            "tokenizer.ggml.add_bos_token", metadata.get("tokenizer.ggml.model") == "llama"
        )
        begins = (start,) if adds and isinstance(start, int) else ()
        return Vocabulary.named(dict(enumerate(map(str, tokens))), special, begins, size, self.path)

    def tokenizer(self) -> Encode | None:
        """What turns text into token ids, without special tokens."""
        from transformers.integrations.gguf import gguf_tokenizer_mapping as mapping

        if "tokenizer.ggml.tokens" not in self.header.metadata:
            return None
        try:
            architecture, description, _ = mapping.get_gguf_tokenizer(str(self.path))
            tokenizer, _ = mapping.convert_gguf_tokenizer(architecture, description)
        except Exception as error:  # whatever the libraries raise on a damaged vocabulary
            raise Refusal(
                f"{self.path} holds no tokenizer that can be used: give token ids instead of text"
            ) from error
        return lambda text: list(tokenizer.encode(text, add_special_tokens=False).ids)


def _library() -> Any:
    try:
        import gguf
    except ImportError as error:
        raise Refusal(
            "GGUF files are read with gguf, which is not installed: pip install 'ropeproof[gguf]'"
        ) from error
    return gguf


def _mapping(model_type: str) -> Mapping[str, str | None]:
    """What entries of the metadata are called in ``config.json``; None where they are dropped."""
    from transformers.integrations.ggml import GGUF_CONFIG_MAPPING

    known: dict[str, Any] = GGUF_CONFIG_MAPPING
    named = "gemma3" if model_type == "gemma3_text" else model_type
    return {**known.get(named, known["llama"]), **ENTRIES.get(model_type, {})}


def _alone(of_file: Any, name: str) -> list[str]:
    """The tensor that holds a parameter by itself, as ``gguf`` names it."""
    module_name, dot, parameter = name.rpartition(".")
    stored = of_file.get_name(module_name)
    return [] if stored is None else [f"{stored}{dot}{parameter}"]


def _experts(name: str) -> list[str]:
    """The tensors that hold all experts of a layer; none for other parameters."""
    match = EXPERTS.fullmatch(name)
    if match is None:
        return []
    layer, parts = match[1], ("gate", "up") if match[2] == "gate_up" else ("down",)
    return [f"blk.{layer}.ffn_{part}_exps.weight" for part in parts]


def _processor(architecture: str, values: dict[str, Any]) -> Any:
    """What undoes the changes of layout that the format asks for."""
    from transformers.modeling_gguf_pytorch_utils import TENSOR_PROCESSORS, TensorProcessor

    named = "llama" if architecture in PERMUTED else architecture
    kind: Any = TENSOR_PROCESSORS.get(named, TensorProcessor)
    return kind(config=values)


def _blocks(data: np.ndarray, where: QuantisedTensor, kind: Any) -> np.ndarray:
    """The bytes of a tensor as its dequantisation wants them."""
    name = kind.name
    if name in ("F32", "F16", "F64"):
        return data.view({"F32": "<f4", "F16": "<f2", "F64": "<f8"}[name]).reshape(where.shape)
    return data.reshape(*where.shape[:-1], -1)


def _same(value: object, other: object) -> bool:
    """Whether two entries agree; numbers of the file are float32."""
    if isinstance(value, int | float) and isinstance(other, int | float):
        return abs(value - other) <= 1e-6 * abs(other)
    return value == other or (value == 0 and other is None)
