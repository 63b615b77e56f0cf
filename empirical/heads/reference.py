"""Translates the heads of hand-set networks into canonical heads."""

import numpy as np
from jaxtyping import Float

from constructions import attention
from empirical.heads.canonical import Head


def canonical(
    head: attention.HeadWeights, contents: Float[np.ndarray, "contents width"], beta: float
) -> Head:
    """Returns a head of the reference layer as a canonical head.

    Args:
        head: the weights; NoPE planes become planes of angle 0.
        contents: rows that the layer may read.
        beta: finite inverse temperature, which becomes the scale.
    """
    none = np.zeros((len(contents), 0))
    planes = [
        (contents @ matrix).reshape(len(contents), -1, 2) for matrix in (head.query, head.key)
    ]
    queries, keys = (pairs[..., 0] + 1j * pairs[..., 1] for pairs in planes)
    return Head(head.angles, beta, queries, keys, query_rest=none, key_rest=none)
