"""Computes the attention weights of a canonical head on whole inputs."""

import numpy as np
from jaxtyping import Float64, Int
from scipy.special import softmax

from empirical.heads.canonical import Head


def attention(
    head: Head, contents: Int[np.ndarray, "inputs length"]
) -> Float64[np.ndarray, "inputs length length"]:
    """Returns the causal attention weights: rows are queries, columns keys, each row sums to 1.

    Args:
        head: a head on a finite set of contents.
        contents: the contents at positions 0, 1, … of each input.
    """
    positions = np.arange(contents.shape[1])
    turns = np.exp(1j * np.multiply.outer(positions, head.angles))
    factor = head.scale * head.attention_factor**2
    queries = (factor * head.queries)[contents] * turns
    keys = head.keys[contents] * turns
    logits: Float64[np.ndarray, "inputs length length"]
    logits = np.concatenate(
        (queries.real, queries.imag, head.scale * head.query_rest[contents]), axis=2
    ) @ np.concatenate((keys.real, keys.imag, head.key_rest[contents]), axis=2).transpose(0, 2, 1)
    logits = head.seen(logits, positions[:, None] - positions)
    logits[:, ~np.tri(positions.size, dtype=bool)] = -np.inf
    weights: Float64[np.ndarray, "inputs length length"] = softmax(logits, axis=2)
    return weights
