"""Hand-set heads in random models of several families, on codes that nothing else writes to.

The stream holds a constant, a code for each token and one for each token before; random heads and
MLPs read all of it and write elsewhere.
"""

from typing import Any

import numpy as np
import torch

from empirical.foreign.reading import Model
from tests.empirical import foreign_models

CODES, SIZE = 12, 16
"""Tokens at most, and channels of a head."""
CONSTANT = 0
TOKEN = slice(1, 1 + CODES)
SECOND = slice(1 + CODES, 1 + 2 * CODES)
"""The code of the token before, or of what a token seeks."""
RESERVED = slice(0, 1 + 2 * CODES)
FAMILIES = ("llama", "qwen3", "gpt_neox", "gptj")


def random_model(model_type: str, seed: int) -> Model:
    """A random model whose reserved channels hold codes and nothing else."""
    change: dict[str, Any] = {
        "vocab_size": CODES,
        "hidden_size": 4 * SIZE,
        "num_key_value_heads": None if model_type in ("gptj", "gpt_neox") else 4,
        "head_dim": SIZE,
        "max_position_embeddings": 512,
        "use_sliding_window": False,
    }
    if model_type == "gptj":
        change["rotary_dim"] = 8
    else:
        part = 0.5 if model_type == "gpt_neox" else 1.0
        change["rope_parameters"] = {
            "rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": part,
        }  # fmt: skip
    model = foreign_models.unread(foreign_models.config(model_type, **change), seed)
    with torch.no_grad():
        for name, parameter in model.module.named_parameters():
            if "norm" in name or "ln_" in name:  # normed heads get room for sharp attention
                one = 6.0 if "q_norm" in name else 1.0
                parameter.fill_(one if name.endswith("weight") else 0.0)
            elif any(part in name for part in ("o_proj", "down_proj", "dense", "out_proj",
                                               "fc_out")) and "h_to_4h" not in name:  # fmt: skip
                parameter.mul_(0.1)
                parameter[RESERVED] = 0
        embedding = model.module.get_input_embeddings().weight
        embedding.mul_(0.1)
        embedding[:, RESERVED] = 0
        embedding[:, CONSTANT] = 1
        embedding[:, TOKEN] = torch.eye(CODES)
        unembedding = model.module.get_output_embeddings().weight
        unembedding[:, TOKEN] += 10 * torch.eye(CODES)
    return model


def plant(
    model: Model,
    layer: int,
    head: int,
    query: np.ndarray,
    key: np.ndarray,
    writes: slice | None = None,
) -> None:
    """Overwrite a head.

    Args:
        model: of one of ``FAMILIES``.
        layer: the block.
        head: the head of it.
        query: complex ``[width, SIZE / 2]``: what channels of the stream ask, plane by plane;
            planes beyond the rotated channels do not turn.
        key: likewise.
        writes: where the code of the token that is attended to goes.
    """
    family, config = model.family, model.module.config
    attention = family.attention_of(family.blocks_of(model.module)[layer])
    turned = family.rotated(config)
    order = np.arange(SIZE)
    if family.model_type != "gptj":  # channels of plane f are f and f + r/2
        order[:turned] = order[:turned].reshape(2, -1).T.ravel()
    value = np.zeros((SIZE, 4 * SIZE))
    output = np.zeros((4 * SIZE, SIZE))
    if writes is not None:
        value[:CODES, TOKEN], output[writes, :CODES] = np.eye(CODES), 3 * np.eye(CODES)
    channels = []
    for matrix in (query, key):
        rows = np.zeros((SIZE, 4 * SIZE))
        rows[order] = np.stack([matrix.real, matrix.imag], axis=-1).reshape(4 * SIZE, SIZE).T
        channels.append(rows)
    own = slice(head * SIZE, (head + 1) * SIZE)
    with torch.no_grad():
        if family.model_type == "gpt_neox":
            stacked = np.concatenate([*channels, value])
            attention.query_key_value.weight[3 * head * SIZE : 3 * (head + 1) * SIZE] = (
                torch.from_numpy(stacked)
            )
            attention.query_key_value.bias[3 * head * SIZE : 3 * (head + 1) * SIZE] = 0
        else:
            for name, rows in zip(("q_proj", "k_proj", "v_proj"), (*channels, value), strict=True):
                getattr(attention, name).weight[own] = torch.from_numpy(rows)
        getattr(attention, family.output).weight[:, own] = torch.from_numpy(output)


def positional(
    model: Model, jumps: dict[int, int], sharpness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Query and key of a head in which token ``x`` looks ``jumps[x]`` back."""
    angles, _ = model.family.angles(model.module.config, 0, 64)
    query, key = np.zeros((2, 4 * SIZE, SIZE // 2), complex)
    fast = slice(0, 4)
    for token, jump in jumps.items():
        query[TOKEN][token, fast] = sharpness * np.exp(-1j * angles[fast] * jump)
    key[CONSTANT, fast] = 1
    return query, key


def symbolic(
    model: Model, asks: slice, held: slice, sharpness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Query and key of a head that matches one code with another, on planes that hardly turn."""
    angles, _ = model.family.angles(model.module.config, 0, 64)
    slow = np.arange(SIZE // 2)[-4:]
    assert (np.pad(angles, (0, SIZE // 2 - len(angles)))[slow] < 0.02).all()
    rng = np.random.default_rng(1)
    codes = rng.normal(size=(CODES, 4)) + 1j * rng.normal(size=(CODES, 4))
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    query, key = np.zeros((2, 4 * SIZE, SIZE // 2), complex)
    query[asks, slow[0] :] = sharpness * codes
    key[held, slow[0] :] = codes
    return query, key
