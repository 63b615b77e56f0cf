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


def hand_set(
    beta: float, *, noise: float = 0.0, seed: int = 0, kind: str = "letter-2-hops"
) -> Checkpoint:
    """Walks over letters by hand: a letter that is sought scores β at tokens that begin with it.

    The stream holds first letter, sought letter, the letters that layers have fetched, the token,
    and the fetched token, each beside its negative, so that its mean is zero. Each layer fetches
    the letter that the next one seeks, the last layer the token.
    """
    entries, hops = networks.entries(kind), networks.task(kind).HOPS
    letters, tokens = sorted({e[0] for e in entries if isinstance(e, tuple)}), len(entries)
    count = len(letters)
    parts = np.cumsum([0, count, *[count] * hops, tokens, tokens])
    first, *sought, token, answer = (slice(*ends) for ends in pairwise(parts))
    half = int(parts[-1])
    embedding = np.zeros((tokens, half))
    for number, entry in enumerate(entries):
        if isinstance(entry, tuple):
            embedding[number, first][letters.index(entry[0])] = 1
            embedding[number, token][number] = 1
            if isinstance(entry[1], str):
                embedding[number, sought[0]][letters.index(entry[1])] = 1
    query, key, value, out = np.zeros((4, hops, half, 2 * half))
    fetched = (*((sought[0], put) for put in sought[1:]), (token, answer))
    for layer, (taken, put) in enumerate(fetched):
        size = taken.stop - taken.start
        query[layer, sought[layer], 2 : 2 + count] = np.eye(count) * beta * np.sqrt(2 * half)
        key[layer, first, 2 : 2 + count] = np.eye(count)
        value[layer, taken, :size] = np.eye(size)
        out[layer, put, :size] = np.eye(size)
    maps = np.stack([query, key, value, out], axis=1)
    return _network(kind, embedding, maps, answer, noise, seed)


def hand_set_number(beta: float, *, kind: str = "number-2-hops") -> Checkpoint:
    """Walks over integers by hand: a stop scores ``β cos(δ − i)`` at distance δ, i its integer.

    The stream holds the token, what layers have fetched, the query's plane and a one that all keys
    are made of. Each layer fetches what the layer before it had fetched.
    """
    entries, hops = networks.entries(kind), networks.task(kind).HOPS
    tokens = len(entries)
    parts = np.cumsum([0, *[tokens] * (hops + 1), 2, 1])
    *held, plane, one = (slice(*ends) for ends in pairwise(parts))
    half = int(parts[-1])
    embedding = np.zeros((tokens, half))
    embedding[:, held[0]], embedding[:, one] = np.eye(tokens), 1
    for number, entry in enumerate(entries):
        if isinstance(entry, int):
            embedding[number, plane] = np.cos(entry), -np.sin(entry)
    query, key, value, out = np.zeros((4, hops, half, 2 * half))
    for layer, (taken, put) in enumerate(pairwise(held)):
        query[layer, plane, :2] = np.eye(2) * beta * np.sqrt(2 * half)
        key[layer, one, 0] = 1
        value[layer, taken, :tokens] = np.eye(tokens)
        out[layer, put, :tokens] = np.eye(tokens)
    maps = np.stack([query, key, value, out], axis=1)
    return _network(kind, embedding, maps, held[-1], 0.0, 0)


def _network(
    kind: str, embedding: np.ndarray, maps: np.ndarray, answer: slice, noise: float, seed: int
) -> Checkpoint:
    """A network of one rotary plane from its maps of one half of the stream.

    Args:
        kind: of its task.
        embedding: tokens times half the width.
        maps: query, key, value and output of each layer, half the width times all of it.
        answer: where in the half the logits are read.
        noise: of projections, relative to their largest entry.
        seed: of the noise.
    """
    tokens, half = embedding.shape
    config = GPTJConfig(tokens, 2 * half, len(maps), 1, 2, n_inner=1, layer_norm_epsilon=EPSILON)
    gain = np.full(2 * half, np.sqrt(EPSILON) / SMALL)
    weights = {name: np.zeros_like(w) for name, w in small_models.weights(config).items()}
    weights["transformer.wte.weight"] = _mirrored(embedding) * SMALL
    weights["transformer.ln_f.weight"] = gain
    weights["lm_head.weight"] = np.hstack([np.eye(half)[answer], np.zeros((tokens, half))])
    for layer, (*read, written) in enumerate(maps):
        block = f"transformer.h.{layer}"
        for part, rows in zip("qkv", read, strict=True):
            weights[f"{block}.attn.{part}_proj.weight"] = np.vstack([rows, 0 * rows]).T
        weights[f"{block}.attn.out_proj.weight"] = _mirrored(written.T[:, :half]).T * SMALL
        weights[f"{block}.ln_1.weight"] = gain
    rng = np.random.default_rng(seed)
    for name, array in weights.items():
        if noise and "_proj" in name:
            array = array + noise * np.abs(array).max() * rng.normal(size=array.shape)
        weights[name] = array.astype(np.float32)
    record = TaskRecord(kind, networks.entries(kind), (4,))
    return Checkpoint(Path("hand-set"), config, weights, "", record, None)


def _mirrored(rows: np.ndarray) -> np.ndarray:
    return np.hstack([rows, -rows])


def walks(path: Path, made: Checkpoint, length: int) -> Document:
    """What the search finds of a network of walks that is written to a directory."""
    return document(MultiHopProver(write(path, made)).certify(length), path)
