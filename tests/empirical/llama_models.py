"""Small Llama, Mistral, Qwen2 and Qwen3 models of one block whose MLP writes nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from empirical.certificates.certifiable import read_certifiable
from empirical.files.checkpoint import Checkpoint
from empirical.models.config import GPTJConfig
from tests.attack.models import LARGEST, Arrays, checkpoint_of
from tests.empirical.neox_models import DoubleAngles, write

BLOCK = "model.layers.0"
OWN: dict[str, dict[str, Any]] = {
    "llama": {"attention_bias": True, "mlp_bias": False},
    "mistral": {"sliding_window": None},
    "qwen3": {"attention_bias": True, "use_sliding_window": False, "sliding_window": None},
    "qwen2": {"use_sliding_window": False, "sliding_window": None, "max_window_layers": 1},
}
"""What stands in ``config.json`` of each family alone."""
BIASED = {"llama": "qkvo", "mistral": "", "qwen2": "qkv", "qwen3": "qkvo"}
CLASSES = {
    "llama": transformers.LlamaForCausalLM,
    "mistral": transformers.MistralForCausalLM,
    "qwen2": transformers.Qwen2ForCausalLM,
    "qwen3": transformers.Qwen3ForCausalLM,
}


def config_json(family: str, shape: GPTJConfig, keys: int, **changes: Any) -> dict[str, Any]:
    """A ``config.json`` as ``transformers`` writes it, with some fields changed."""
    return (
        {
            "model_type": family,
            "hidden_act": "silu",
            "hidden_size": shape.n_embd,
            "intermediate_size": shape.inner,
            "max_position_embeddings": 64,
            "num_attention_heads": shape.n_head,
            "num_hidden_layers": shape.n_layer,
            "num_key_value_heads": keys,
            "head_dim": shape.head_dim,
            "rms_norm_eps": shape.layer_norm_epsilon,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
            "tie_word_embeddings": False,
            "vocab_size": shape.vocab_size,
            "bos_token_id": None,
            "eos_token_id": None,
            "pad_token_id": None,
        }
        | OWN[family]
        | changes
    )


def weights_of(gptj: Checkpoint, rng: np.random.Generator, config: dict[str, Any]) -> Arrays:
    """Weights as those of a GPT-J, in the places of a Llama."""
    block, width = "transformer.h.0", gptj.config.n_embd
    shared = config["num_key_value_heads"] * gptj.config.head_dim
    unit = float(rng.choice([0.0, 0.1, 1.0, 30.0, 2.0 ** rng.integers(-60, 61)]))
    made: Arrays = {"model.embed_tokens.weight": gptj.weights["transformer.wte.weight"]}
    for part, stored in {"q": "q_proj", "k": "k_proj", "v": "v_proj", "o": "out_proj"}.items():
        rows = shared if part in "kv" else width
        made[f"{BLOCK}.self_attn.{part}_proj.weight"] = gptj.weights[
            f"{block}.attn.{stored}.weight"
        ][:rows]
        biased = part in BIASED[config["model_type"]] and config.get("attention_bias", True)
        if biased:
            made[f"{BLOCK}.self_attn.{part}_proj.bias"] = unit * rng.normal(0, 1, rows)
    if config["model_type"] == "qwen3":
        for part in "qk":
            made[f"{BLOCK}.self_attn.{part}_norm.weight"] = rng.normal(1, 0.5, gptj.config.head_dim)
    inner = gptj.config.inner
    for name in ("gate", "up"):
        made[f"{BLOCK}.mlp.{name}_proj.weight"] = rng.normal(0, 1, (inner, width))
    made[f"{BLOCK}.mlp.down_proj.weight"] = np.zeros((width, inner))
    made[f"{BLOCK}.input_layernorm.weight"] = gptj.weights[f"{block}.ln_1.weight"]
    made[f"{BLOCK}.post_attention_layernorm.weight"] = rng.normal(1, 0.2, width)
    made["model.norm.weight"] = gptj.weights["transformer.ln_f.weight"]
    if not config["tie_word_embeddings"]:
        made["lm_head.weight"] = gptj.weights["lm_head.weight"]
    return {
        name: np.ascontiguousarray(np.clip(array, -LARGEST, LARGEST), np.float32)
        for name, array in made.items()
    }


def drawn_llama(
    path: Path, rng: np.random.Generator, kind: str, heads: int
) -> tuple[Checkpoint, tuple[Any, ...]]:
    """A model that is drawn and written, and what its tokens stand for; see ``drawn_model``."""
    gptj = checkpoint_of(rng, kind, heads)
    while type(gptj.config) is not GPTJConfig or gptj.config.head_dim % 2:
        gptj = checkpoint_of(rng, kind, heads)
    family = str(rng.choice(sorted(OWN)))
    changes: dict[str, Any] = {"attention_bias": bool(rng.random() < 0.7)}
    config = config_json(
        family,
        gptj.config,
        int(rng.choice([keys for keys in range(1, heads + 1) if heads % keys == 0])),
        tie_word_embeddings=bool(rng.random() < 0.2),
        rope_parameters={
            "rope_type": "default",
            "rope_theta": float(rng.choice([1.0, 7.25, 500.5, 10000.0, 2.0**60])),
        },
        **(changes if family in ("llama", "qwen3") else {}),
    )
    write(path, config, weights_of(gptj, rng, config))
    assert gptj.task is not None
    return read_certifiable(path, specified=True), gptj.task.entries


def transformers_llama(path: Path, checkpoint: Checkpoint) -> Any:
    """What ``transformers`` makes of a directory, in float64, its angles and norms too."""
    values = json.loads((path / "config.json").read_text())
    kind: Any = CLASSES[values["model_type"]]
    config = kind.config_class.from_dict(values)
    config._attn_implementation = "sdpa"
    model: Any = kind(config)
    stored = {name: torch.from_numpy(array) for name, array in checkpoint.weights.items()}
    missing, unexpected = model.load_state_dict(stored, strict=False)
    assert not unexpected
    assert missing == (["lm_head.weight"] if values["tie_word_embeddings"] else [])
    model = model.double().eval()
    model.model.rotary_emb = DoubleAngles(checkpoint.config)
    block = model.model.layers[0]
    for layer in (model.model, block, block.self_attn):
        for name in ("norm", "input_layernorm", "post_attention_layernorm", "q_norm", "k_norm"):
            if hasattr(layer, name):
                setattr(
                    layer, name, _DoubleNorm(getattr(layer, name).weight, values["rms_norm_eps"])
                )
    return model


class _DoubleNorm(torch.nn.Module):
    """RMSNorm in float64, where ``transformers`` takes float32."""

    def __init__(self, weight: torch.Tensor, epsilon: float) -> None:
        super().__init__()
        self.weight, self.epsilon = weight, epsilon

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        mean = rows.pow(2).mean(-1, keepdim=True)
        return self.weight * (rows * torch.rsqrt(mean + self.epsilon))
