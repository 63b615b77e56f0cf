"""Small GPT-NeoX models of one block, drawn to upset arithmetic, and run by ``transformers``."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
import torch
import transformers

from empirical.certificates.certifiable import read_certifiable
from empirical.files.checkpoint import Checkpoint
from empirical.models.config import GPTJConfig
from empirical.models.gpt_neox import NeoXConfig
from tests.attack.models import KINDS, LARGEST, Arrays, checkpoint_of

FAMILY_KINDS = sorted(set(KINDS) - {"one plane"})
"""Kinds of weights that a GPT-NeoX can have: its angles are those of its base."""
BLOCK = "gpt_neox.layers.0"


def config_json(shape: GPTJConfig, **changes: Any) -> dict[str, Any]:
    """A ``config.json`` as ``transformers`` writes it, with some fields changed."""
    return {
        "architectures": ["GPTNeoXForCausalLM"],
        "model_type": "gpt_neox",
        "attention_bias": True,
        "hidden_act": "gelu",
        "hidden_size": shape.n_embd,
        "intermediate_size": shape.inner,
        "layer_norm_eps": shape.layer_norm_epsilon,
        "max_position_embeddings": 64,
        "num_attention_heads": shape.n_head,
        "num_hidden_layers": shape.n_layer,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10000.0,
            "partial_rotary_factor": shape.rotary_dim / shape.head_dim,
        },
        "tie_word_embeddings": False,
        "use_parallel_residual": True,
        "vocab_size": shape.vocab_size,
        "bos_token_id": None,
        "eos_token_id": None,
    } | changes


def old_form(config: dict[str, Any]) -> dict[str, Any]:
    """The same as older versions of ``transformers`` wrote it."""
    angles = config["rope_parameters"]
    kept = {name: value for name, value in config.items() if name != "rope_parameters"}
    return kept | {
        "rotary_emb_base": angles["rope_theta"],
        "rotary_pct": angles["partial_rotary_factor"],
    }


def weights_of(gptj: Checkpoint, rng: np.random.Generator, config: dict[str, Any]) -> Arrays:
    """Weights as those of a GPT-J, in the places of a GPT-NeoX, and what that has beside them."""
    block, width = "transformer.h.0", gptj.config.n_embd
    weights = gptj.weights
    unit = float(rng.choice([0.0, 0.1, 1.0, 30.0, 2.0 ** rng.integers(-60, 61)]))
    parts = [weights[f"{block}.attn.{part}_proj.weight"] for part in "qkv"]
    shape = gptj.config.n_head, gptj.config.head_dim, width
    fused = np.stack([part.reshape(shape) for part in parts], axis=1)
    gain = rng.uniform(0.5, 1.5, width)
    made: Arrays = {
        "gpt_neox.embed_in.weight": weights["transformer.wte.weight"],
        f"{BLOCK}.input_layernorm.weight": weights[f"{block}.ln_1.weight"],
        f"{BLOCK}.input_layernorm.bias": weights[f"{block}.ln_1.bias"],
        f"{BLOCK}.post_attention_layernorm.weight": weights[f"{block}.ln_1.weight"] * gain,
        f"{BLOCK}.post_attention_layernorm.bias": rng.normal(0, 0.2, width),
        f"{BLOCK}.attention.query_key_value.weight": fused.reshape(3 * width, width),
        f"{BLOCK}.attention.query_key_value.bias": unit * rng.normal(0, 1, 3 * width),
        f"{BLOCK}.attention.dense.weight": weights[f"{block}.attn.out_proj.weight"],
        f"{BLOCK}.attention.dense.bias": unit * rng.normal(0, 0.3, width),
        f"{BLOCK}.mlp.dense_h_to_4h.weight": weights[f"{block}.mlp.fc_in.weight"],
        f"{BLOCK}.mlp.dense_h_to_4h.bias": weights[f"{block}.mlp.fc_in.bias"],
        f"{BLOCK}.mlp.dense_4h_to_h.weight": weights[f"{block}.mlp.fc_out.weight"],
        f"{BLOCK}.mlp.dense_4h_to_h.bias": weights[f"{block}.mlp.fc_out.bias"],
        "gpt_neox.final_layer_norm.weight": weights["transformer.ln_f.weight"],
        "gpt_neox.final_layer_norm.bias": weights["transformer.ln_f.bias"],
        "embed_out.weight": weights["lm_head.weight"],
    }
    if not config["use_parallel_residual"]:
        silent = np.zeros((width, gptj.config.inner))
        made[f"{BLOCK}.mlp.dense_4h_to_h.weight"] = silent
    left_out: tuple[str, ...] = (
        () if config["attention_bias"] else (".query_key_value.bias", ".dense.bias")
    )
    left_out += ("embed_out.weight",) if config["tie_word_embeddings"] else ()
    return {
        name: np.ascontiguousarray(np.clip(array, -LARGEST, LARGEST), np.float32)
        for name, array in made.items()
        if not left_out or not name.endswith(left_out)
    }


def twin(path: Path, gptj: Checkpoint) -> Checkpoint:
    """A GPT-NeoX, written to a directory, with the function of a GPT-J but for rounding.

    Its channels turn in halves, and the shift of the last norm also does what biases of the classes
    do, of which there have to be no more than the width.
    """
    config = config_json(gptj.config, hidden_act="gelu_new", attention_bias=False)
    weights = weights_of(gptj, np.random.default_rng(0), config)
    block, width, dim = "transformer.h.0", gptj.config.n_embd, gptj.config.head_dim
    halves, rotary = np.arange(dim), gptj.config.rotary_dim
    halves[:rotary] = np.concatenate([np.arange(0, rotary, 2), np.arange(1, rotary, 2)])
    parts = [gptj.weights[f"{block}.attn.{part}_proj.weight"] for part in "qkv"]
    heads = [part.reshape(gptj.config.n_head, dim, width) for part in parts]
    fused = np.stack([heads[0][:, halves], heads[1][:, halves], heads[2]], axis=1)
    weights[f"{BLOCK}.attention.query_key_value.weight"] = fused.reshape(3 * width, width)
    for part in ("weight", "bias"):
        norm = gptj.weights[f"{block}.ln_1.{part}"]
        weights[f"{BLOCK}.post_attention_layernorm.{part}"] = norm
    head, bias = (gptj.weights[f"lm_head.{part}"].astype(float) for part in ("weight", "bias"))
    shift = np.linalg.lstsq(head, bias)[0] + gptj.weights["transformer.ln_f.bias"]
    weights["gpt_neox.final_layer_norm.bias"] = shift.astype(np.float32)
    return read_certifiable(write(path, config, weights), specified=True)


def write(path: Path, config: dict[str, Any], weights: Arrays) -> Path:
    """A directory of ``config.json`` and ``model.safetensors``."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text(json.dumps(config))
    safetensors.numpy.save_file(weights, path / "model.safetensors")
    return path


def drawn_model(
    path: Path, rng: np.random.Generator, kind: str, heads: int
) -> tuple[Checkpoint, tuple[Any, ...]]:
    """A model that is drawn and written, and what its tokens stand for.

    Args:
        path: its directory.
        rng: the only source of chance.
        kind: one of ``FAMILY_KINDS``, or ``blend``.
        heads: attention heads.
    """
    gptj = checkpoint_of(rng, kind, heads)
    while type(gptj.config) is not GPTJConfig:
        gptj = checkpoint_of(rng, kind, heads)
    turned = gptj.config.rotary_dim / gptj.config.head_dim
    config = config_json(
        gptj.config,
        attention_bias=bool(rng.random() < 0.8),
        tie_word_embeddings=bool(rng.random() < 0.15),
        hidden_act=str(rng.choice(NeoXConfig.ACTIVATIONS)),
        use_parallel_residual=bool(rng.random() < 0.9),
        rope_parameters={
            "rope_type": "default",
            "rope_theta": float(rng.choice([1.0, 7.25, 500.5, 10000.0, 2.0**60])),
            "partial_rotary_factor": turned,
        },
    )
    weights = weights_of(gptj, rng, config)
    write(path, old_form(config) if rng.random() < 0.3 else config, weights)
    assert gptj.task is not None
    return read_certifiable(path, specified=True), gptj.task.entries


def transformers_model(path: Path, checkpoint: Checkpoint) -> Any:
    """What ``transformers`` makes of a directory, in float64, its angles too."""
    config = transformers.GPTNeoXConfig.from_dict(json.loads((path / "config.json").read_text()))
    config._attn_implementation = "sdpa"  # the eager one takes its softmax in float32
    model: Any = transformers.GPTNeoXForCausalLM(config)
    stored = {
        name.replace("embed_out", "lm_head"): torch.from_numpy(array)
        for name, array in checkpoint.weights.items()
    }
    missing, unexpected = model.load_state_dict(stored, strict=False)
    assert not unexpected
    assert missing == (["lm_head.weight"] if config.tie_word_embeddings else [])
    model = model.double().eval()
    model.gpt_neox.rotary_emb = DoubleAngles(checkpoint.config)
    return model


class DoubleAngles(torch.nn.Module):
    """Cosines and sines of every position in float64, where ``transformers`` takes float32."""

    def __init__(self, config: GPTJConfig) -> None:
        super().__init__()
        self.angles = torch.tensor(config.angles, dtype=torch.float64)

    def forward(self, _: torch.Tensor, position_ids: torch.Tensor) -> tuple[Any, Any]:
        turns = position_ids[..., None].double() * self.angles
        both = torch.cat((turns, turns), dim=-1)
        return both.cos(), both.sin()
