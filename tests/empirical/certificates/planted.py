"""Two-layer models with an induction circuit set by hand and shaken, and runs of any such model."""

from collections.abc import Iterable
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float64, Int64

from empirical.certificates.induction.bigram_paths import BigramContexts, Paths
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint, TaskRecord
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ

Sequences = Int64[np.ndarray, "size length"]


@cache
def circuit(tokens: int, seed: int, noise: float, sharpness: float = 200.0) -> Checkpoint:
    """A checkpoint whose stream holds the token, the one before it, and what it read, side by side.

    The first layer looks back by one in its only plane, the second matches in unrotated dimensions.
    """
    config = GPTJConfig(
        tokens, n_embd=3 * tokens, n_layer=2, n_head=1, rotary_dim=2, n_inner=1,
        layer_norm_epsilon=1e-3,
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    weights = {name: np.zeros(shape) for name, shape in checkpoint.shapes(config)}
    own, before, read = (slice(k * tokens, (k + 1) * tokens) for k in range(3))
    eye, first, second = np.eye(tokens), "transformer.h.0.", "transformer.h.1."
    weights["transformer.wte.weight"][:, own] = eye
    for name in (first + "ln_1.weight", second + "ln_1.weight", "transformer.ln_f.weight"):
        weights[name] += 1
    weights[first + "ln_1.bias"][-1] = 1
    weights[first + "attn.q_proj.weight"][0, -1] = sharpness
    weights[first + "attn.k_proj.weight"][:2, -1] = np.cos(1), np.sin(1)
    weights[first + "attn.v_proj.weight"][own, own] = eye
    weights[first + "attn.out_proj.weight"][before, own] = eye / 2
    match = slice(2, 2 + tokens)
    weights[second + "attn.q_proj.weight"][match, own] = 4 * eye
    weights[second + "attn.k_proj.weight"][match, before] = 8 * eye
    weights[second + "attn.k_proj.weight"][match, own] = -4 * eye  # the first position reads itself
    weights[second + "attn.v_proj.weight"][own, own] = eye
    weights[second + "attn.out_proj.weight"][read, own] = eye
    weights["lm_head.weight"][:, read] = eye
    for name, array in weights.items():
        if ".mlp." not in name:
            array += noise * rng.normal(size=array.shape)
    entries = tuple("abcdefghijklmnop"[:tokens])
    return Checkpoint(
        path=Path("planted"),
        config=config,
        weights={name: array.astype("f4") for name, array in weights.items()},
        sha256="",
        task=TaskRecord("induction", entries, (4,)),
        manifest=None,
    )


def inputs(tokens: int, length: int) -> Sequences:
    """Every input whose last token occurred once before, at the second place back or earlier."""
    every = np.array(list(product(range(tokens), repeat=length)))
    same = every[:, :-1] == every[:, -1:]
    asked: Sequences = every[(same.sum(axis=1) == 1) & ~same[:, -1]]
    return asked


def answers(sequences: Sequences) -> Int64[np.ndarray, " size"]:
    """What came after the last token's earlier occurrence."""
    place = (sequences[:, :-1] == sequences[:, -1:]).argmax(axis=1)
    followers: Int64[np.ndarray, " size"] = sequences[np.arange(len(sequences)), place + 1]
    return followers


def drawn(
    rng: np.random.Generator, tokens: int, size: int, end: tuple[int, int], length: int
) -> Sequences:
    """Random inputs with the same last two tokens, some of a single repeated token elsewhere."""
    previous, query = end
    others = np.delete(np.arange(tokens), query)
    sequences = rng.choice(others, (size, length))
    sequences[size // 2 :] = rng.choice(others, size - size // 2)[:, None]
    rows = np.arange(size)
    sequences[:, -2] = previous
    place = rng.integers(length - 2, size=size)
    sequences[rows, place] = sequences[:, -1] = query
    return sequences


@torch.inference_mode()
def run(checkpoint: Checkpoint, sequences: Sequences) -> dict[str, Float64[np.ndarray, "..."]]:
    """The model in float64: logits, both layers' weights and scores, and the last scale."""
    made = GPTJ(checkpoint.config)
    made.load_state_dict({name: torch.from_numpy(w) for name, w in checkpoint.weights.items()})
    made.double().eval()
    logits = made(torch.from_numpy(sequences), last_only=True)[:, 0]
    angles = np.outer(np.arange(sequences.shape[1]), checkpoint.config.angles)
    weights = {name: array.astype(float) for name, array in checkpoint.weights.items()}
    stream = weights["transformer.wte.weight"][sequences]
    traced = {"logits": logits.numpy()}
    for layer in range(2):
        block = f"transformer.h.{layer}."
        normed, _ = _normed(stream, weights, block + "ln_1", checkpoint)
        q, k, v = (normed @ weights[f"{block}attn.{n}_proj.weight"].T for n in "qkv")
        scores = _turned(q, angles) @ np.swapaxes(_turned(k, angles), 1, 2)
        scores /= np.sqrt(checkpoint.config.head_dim)
        masked = np.where(np.tri(sequences.shape[1], dtype=bool), scores, -np.inf)
        shares = np.exp(masked - masked.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        stream = stream + shares @ v @ weights[block + "attn.out_proj.weight"].T
        traced |= {f"shares {layer}": shares, f"scores {layer}": scores}
    normed, scale = _normed(stream, weights, "transformer.ln_f", checkpoint)
    twin = normed[:, -1] @ weights["lm_head.weight"].T + weights["lm_head.bias"]
    assert np.allclose(twin, traced["logits"], rtol=1e-9, atol=1e-9)
    return {**traced, "scale": scale[:, -1, 0]}


def summed(
    paths: Paths, sequences: Sequences, gains: Float64[np.ndarray, "size contexts"]
) -> Float64[np.ndarray, " size"]:
    """The bounds of the bigrams of each sequence, added up."""
    total, rows = np.zeros(len(sequences)), np.arange(len(sequences))
    before = np.full(len(sequences), paths.model.tokens)
    for weights, here in zip(paths.weights, sequences.T, strict=True):
        context = before * paths.model.tokens + here
        total += weights[context] * gains[rows, context]
        before = here
    return total


def violations(
    contexts: BigramContexts, checkpoint: Checkpoint, size: int, ends: Iterable[tuple[int, int]]
) -> tuple[int, int]:
    """Random inputs whose sum is below the bounds of their bigrams, and all that were drawn.

    ``size`` inputs for each of ``ends``, a token before the last and the last.
    """
    tokens, length = checkpoint.config.vocab_size, contexts.length
    rng, wrong, seen = np.random.default_rng(length), 0, 0
    for previous, query in ends:
        others = np.delete(np.arange(tokens), query)
        paths = Paths(contexts, previous, query, others)
        wanted, rivals = np.repeat(others, tokens), np.tile(np.arange(tokens), others.size)
        sequences = drawn(rng, tokens, size, (previous, query), length)
        pairs = np.searchsorted(others, answers(sequences)) * tokens
        pairs += rng.integers(tokens, size=size)
        ran = run(checkpoint, sequences)
        rows = np.arange(size)
        gaps = ran["logits"][rows, wanted[pairs]] - ran["logits"][rows, rivals[pairs]]
        weights = np.exp(ran["scores 1"][:, -1] - sum(paths.shift)).sum(axis=1)
        truth = gaps * ran["scale"] * weights
        bound = summed(paths, sequences, paths.gains(wanted, rivals)[pairs])
        wrong += int((truth < bound - 1e-9 * np.abs(truth)).sum())
        seen += size
    return wrong, seen


def _normed(
    stream: Float64[np.ndarray, "..."],
    weights: dict[str, Float64[np.ndarray, "..."]],
    name: str,
    checkpoint: Checkpoint,
) -> tuple[Float64[np.ndarray, "..."], Float64[np.ndarray, "..."]]:
    centred = stream - stream.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1, keepdims=True)
    scale = np.sqrt(variance + checkpoint.config.layer_norm_epsilon)
    return centred / scale * weights[name + ".weight"] + weights[name + ".bias"], scale


def _turned(
    rows: Float64[np.ndarray, "..."], angles: Float64[np.ndarray, "..."]
) -> Float64[np.ndarray, "..."]:
    turned, planes = rows.copy(), 2 * angles.shape[1]
    even, odd = rows[..., 0:planes:2], rows[..., 1:planes:2]
    turned[..., 0:planes:2] = even * np.cos(angles) - odd * np.sin(angles)
    turned[..., 1:planes:2] = odd * np.cos(angles) + even * np.sin(angles)
    return turned
