"""GPT-J models with random weights that attend sharply enough to tell right from wrong."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import GPTJForCausalLM

from empirical.files import checkpoint
from empirical.files.checkpoint import TaskRecord
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ

ONE_HEAD = GPTJConfig(11, n_embd=8, n_layer=1, n_head=1, rotary_dim=8)
TINY = replace(ONE_HEAD, vocab_size=3, n_embd=2, rotary_dim=2, n_inner=1)
SHAPES = (
    ONE_HEAD,
    GPTJConfig(7, n_embd=24, n_layer=2, n_head=2, rotary_dim=8, n_inner=20),
    GPTJConfig(13, n_embd=32, n_layer=3, n_head=4, rotary_dim=6, layer_norm_epsilon=1e-3),
)


def weights(config: GPTJConfig, seed: int = 0) -> dict[str, np.ndarray]:
    """Random parameters, every one of which matters; attention logits deviate by about 2."""
    rng = np.random.default_rng(seed)

    def draw(name: str, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) == 1:  # biases, and the weights of LayerNorms
            return rng.normal(float(".ln_" in name and name.endswith("weight")), 0.2, shape)
        if "wte" in name:
            return rng.normal(0, 1, shape)
        gain = 2 if "q_proj" in name or "k_proj" in name else 1
        return rng.normal(0, (gain / shape[1]) ** 0.5, shape)

    return {name: draw(name, shape).astype("f4") for name, shape in checkpoint.shapes(config)}


def write(path: Path, config: GPTJConfig) -> None:
    """Write a checkpoint with random parameters."""
    record = TaskRecord("index", ("a", 1, *[None] * (config.vocab_size - 2)), (2, 3))
    checkpoint.write(path, config, weights(config), record, {"seed": 0})


def ours(path: Path) -> GPTJ:
    """The model of a directory in our class."""
    trained = checkpoint.read(path)
    model = GPTJ(trained.config)
    model.load_state_dict({name: torch.from_numpy(w) for name, w in trained.weights.items()})
    return model.eval()


def theirs(path: Path) -> Any:
    """The model of a directory in the class of transformers."""
    loaded: Any = GPTJForCausalLM.from_pretrained(
        path, output_loading_info=True, attn_implementation="eager", local_files_only=True
    )
    model, report = loaded
    assert not any(report.values()), report
    return model.eval()
