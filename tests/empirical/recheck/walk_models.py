"""Networks of walks for the checker: hand-set over letters, with noise to taste."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from empirical.certificates.multi_hop.prover import MultiHopProver
from empirical.files.checkpoint import Checkpoint, TaskRecord
from empirical.models.config import GPTJConfig
from tests.empirical import small_models
from tests.empirical.certificates.multi_hop import networks
from tests.empirical.recheck.certificates import Document, document, write

EPSILON = 0.25
SMALL = 2.0**-16
"""Of the stream, beside the root of ``EPSILON``: every divisor is that root, nearly."""


def hand_set(beta: float, *, noise: float = 0.0, seed: int = 0) -> Checkpoint:
    """Two hops by hand: a letter that is sought scores β at the token that begins with it.

    The stream holds first letter, sought letter, fetched letter, the token, and the fetched token,
    each beside its negative, so that its mean is zero. The first layer fetches the next sought
    letter, the second the token.
    """
    entries = networks.entries("letter-2-hops")
    letters, tokens = sorted({e[0] for e in entries if isinstance(e, tuple)}), len(entries)
    count = len(letters)
    parts = np.cumsum([0, count, count, count, tokens, tokens])
    first, sought, fetched, token, answer = (slice(*ends) for ends in pairwise(parts))
    half = int(parts[-1])
    width = 2 * half
    embedding = np.zeros((tokens, half))
    for number, entry in enumerate(entries):
        if isinstance(entry, tuple):
            embedding[number, first][letters.index(entry[0])] = 1
            embedding[number, token][number] = 1
            if isinstance(entry[1], str):
                embedding[number, sought][letters.index(entry[1])] = 1
    query, key, value, out = np.zeros((4, 2, half, width))
    hops = (sought, sought, fetched), (fetched, token, answer)
    for layer, (asked, taken, put) in enumerate(hops):
        size = taken.stop - taken.start
        query[layer, asked, 2 : 2 + count] = np.eye(count) * beta * np.sqrt(width)
        key[layer, first, 2 : 2 + count] = np.eye(count)
        value[layer, taken, :size] = np.eye(size)
        out[layer, put, :size] = np.eye(size)
    config = GPTJConfig(tokens, width, 2, 1, 2, n_inner=1, layer_norm_epsilon=EPSILON)
    weights = small_models.weights(config, seed)
    gain = np.full(width, np.sqrt(EPSILON) / SMALL)
    for name in weights:
        weights[name] = np.zeros_like(weights[name])
    weights["transformer.wte.weight"] = _mirrored(embedding) * SMALL
    weights["transformer.ln_f.weight"] = gain
    weights["lm_head.weight"] = np.hstack([np.eye(half)[answer], np.zeros((tokens, half))])
    for layer in range(2):
        block = f"transformer.h.{layer}"
        maps = (query[layer], key[layer], value[layer])
        for part, rows in zip("qkv", maps, strict=True):
            weights[f"{block}.attn.{part}_proj.weight"] = np.vstack([rows, 0 * rows]).T
        weights[f"{block}.attn.out_proj.weight"] = _mirrored(out[layer].T[:, :half]).T * SMALL
        weights[f"{block}.ln_1.weight"] = gain
    rng = np.random.default_rng(seed)
    for name, array in weights.items():
        if noise and "_proj" in name:
            array = array + noise * np.abs(array).max() * rng.normal(size=array.shape)
        weights[name] = array.astype(np.float32)
    record = TaskRecord("letter-2-hops", entries, (4,))
    return Checkpoint(Path("hand-set"), config, weights, "", record, None)


def _mirrored(rows: np.ndarray) -> np.ndarray:
    return np.hstack([rows, -rows])


def walks(path: Path, made: Checkpoint, length: int) -> Document:
    """What the search finds of a network of walks that is written to a directory."""
    return document(MultiHopProver(write(path, made)).certify(length), path)
