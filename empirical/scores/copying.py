"""Measures whether a head raises the logits of the tokens that it attends to (olsson2022induction).

Both scores are functions of direct logits: what attending to a content with weight 1 adds to the
logits of every token, along the path that bypasses all later layers.
"""

import numpy as np
from jaxtyping import Float64, Int

from theory.refusal import Refusal


def eigenvalue_score(circuit: Float64[np.ndarray, "rows columns"]) -> float:
    """Returns ``Σ λ / Σ |λ|`` over the eigenvalues λ of a circuit; from −1 to 1.

    Of direct logits it is the copying score, of K-composition logits the matching score; 1 is a
    circuit that copies or matches.

    Args:
        circuit: entry ``[a, b]`` is the effect of token ``a`` on token ``b``. A constant added to
            a row changes no softmax, so rows are centred first.

    Raises:
        Refusal: the matrix is not square, or without effect once its rows are centred.
    """
    rows, columns = circuit.shape
    if rows != columns:
        raise Refusal(f"a circuit of shape {circuit.shape} has no eigenvalues: give a square one")
    eigenvalues = np.linalg.eigvals(circuit - circuit.mean(axis=1, keepdims=True))
    total = np.abs(eigenvalues).sum()
    if not total > 0:
        raise Refusal("the circuit has no effect on any token: give one that is not constant")
    return float(eigenvalues.sum().real / total)


def direct_logit_score(
    logits: Float64[np.ndarray, "contents tokens"],
    tokens: Int[np.ndarray, " contents"],
    weights: Float64[np.ndarray, " contents"],
) -> float:
    """Returns the attended token's share of the rise in logits, scaled to lie from −1 to 1.

    The rise of a logit is its excess over the mean of its row where that is positive, else 0.

    Args:
        logits: direct logits of each content.
        tokens: the token id of each content.
        weights: the attention weight on each content.

    Raises:
        Refusal: no logit rises.
    """
    rises = np.maximum(logits - logits.mean(axis=1, keepdims=True), 0)
    total = weights @ rises.sum(axis=1)
    if not total > 0:
        raise Refusal("the head raises no logit: give one that writes something")
    return float(2 * (weights @ rises[np.arange(tokens.size), tokens]) / total - 1)
