"""Small Phi models of one block, drawn to upset arithmetic, and run by ``transformers``."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from empirical.certificates.certifiable import read_certifiable
from empirical.files.checkpoint import Checkpoint
from empirical.models.config import GPTJConfig
from empirical.models.phi import PhiConfig
from tests.attack.models import LARGEST, Arrays, checkpoint_of
from tests.empirical.neox_models import DoubleAngles, write

BLOCK = "model.layers.0"
PLACES = {
    "transformer.wte": "model.embed_tokens",
    "transformer.h.0.ln_1": f"{BLOCK}.input_layernorm",
    "transformer.h.0.attn.q_proj": f"{BLOCK}.self_attn.q_proj",
    "transformer.h.0.attn.k_proj": f"{BLOCK}.self_attn.k_proj",
    "transformer.h.0.attn.v_proj": f"{BLOCK}.self_attn.v_proj",
    "transformer.h.0.attn.out_proj": f"{BLOCK}.self_attn.dense",
    "transformer.h.0.mlp.fc_in": f"{BLOCK}.mlp.fc1",
    "transformer.h.0.mlp.fc_out": f"{BLOCK}.mlp.fc2",
    "transformer.ln_f": "model.final_layernorm",
    "lm_head": "lm_head",
}
"""Where the tensors of a GPT-J are in a Phi."""


def config_json(shape: GPTJConfig, **changes: Any) -> dict[str, Any]:
    """A ``config.json`` as ``transformers`` writes it, with some fields changed."""
    return {
        "model_type": "phi",
        "hidden_act": "gelu_new",
        "hidden_size": shape.n_embd,
        "intermediate_size": shape.inner,
        "layer_norm_eps": shape.layer_norm_epsilon,
        "max_position_embeddings": 64,
        "num_attention_heads": shape.n_head,
        "num_hidden_layers": shape.n_layer,
        "num_key_value_heads": shape.n_head,
        "qk_layernorm": False,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10000.0,
            "partial_rotary_factor": shape.rotary_dim / shape.head_dim,
        },
        "tie_word_embeddings": False,
        "vocab_size": shape.vocab_size,
        "bos_token_id": None,
        "eos_token_id": None,
    } | changes


def old_form(config: dict[str, Any]) -> dict[str, Any]:
    """The same as older versions of ``transformers`` wrote it."""
    angles = config["rope_parameters"]
    kept = {name: value for name, value in config.items() if name != "rope_parameters"}
    old = {name: angles[name] for name in ("rope_theta", "partial_rotary_factor")}
    return kept | old | {"rope_scaling": None}


def weights_of(gptj: Checkpoint, rng: np.random.Generator, config: dict[str, Any]) -> Arrays:
    """Weights of a GPT-J in the places of a Phi, with biases of attention."""
    unit = float(rng.choice([0.0, 0.1, 1.0, 30.0, 2.0 ** rng.integers(-60, 61)]))
    made: Arrays = {}
    for name, array in gptj.weights.items():
        place, kind = name.rsplit(".", 1)
        made[f"{PLACES[place]}.{kind}"] = array
        if ".attn." in name:
            made[f"{PLACES[place]}.bias"] = unit * rng.normal(0, 1, gptj.config.n_embd)
    if config["tie_word_embeddings"]:
        del made["lm_head.weight"]
    return {
        name: np.ascontiguousarray(np.clip(array, -LARGEST, LARGEST), np.float32)
        for name, array in made.items()
    }


def drawn_phi(
    path: Path, rng: np.random.Generator, kind: str, heads: int
) -> tuple[Checkpoint, tuple[Any, ...]]:
    """A model that is drawn and written, and what its tokens stand for; see ``drawn_model``."""
    gptj = checkpoint_of(rng, kind, heads)
    while type(gptj.config) is not GPTJConfig:
        gptj = checkpoint_of(rng, kind, heads)
    config = config_json(
        gptj.config,
        hidden_act=str(rng.choice(PhiConfig.ACTIVATIONS)),
        tie_word_embeddings=bool(rng.random() < 0.2),
    )
    config["rope_parameters"]["rope_theta"] = float(rng.choice([1.0, 7.25, 10000.0, 2.0**60]))
    weights = weights_of(gptj, rng, config)
    write(path, old_form(config) if rng.random() < 0.3 else config, weights)
    assert gptj.task is not None
    return read_certifiable(path, specified=True), gptj.task.entries


def transformers_phi(path: Path, checkpoint: Checkpoint) -> Any:
    """What ``transformers`` makes of a directory, in float64, its angles too."""
    config = transformers.PhiConfig.from_dict(json.loads((path / "config.json").read_text()))
    config._attn_implementation = "sdpa"
    model: Any = transformers.PhiForCausalLM(config)
    stored = {name: torch.from_numpy(array) for name, array in checkpoint.weights.items()}
    missing, unexpected = model.load_state_dict(stored, strict=False)
    assert not unexpected
    assert missing == (["lm_head.weight"] if config.tie_word_embeddings else [])
    model = model.double().eval()
    model.model.rotary_emb = DoubleAngles(checkpoint.config)
    return model
