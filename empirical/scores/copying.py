"""Whether a head raises the logits of the tokens that it attends to (olsson2022induction).

Both scores read direct logits: what attending to a content with weight 1 would add to the logits
of every token, along the path past all later layers.
"""

import numpy as np
from jaxtyping import Float64, Int

from theory.refusal import Refusal


def eigenvalue_score(circuit: Float64[np.ndarray, "rows columns"]) -> float:
    """``Σ λ / Σ |λ|`` over the eigenvalues λ; from −1 to 1, where 1 is a map that keeps.

    Args:
        circuit: entry ``[a, b]`` is the effect of token ``a`` on token ``b``. A constant added to
            a row changes no softmax, so rows are centred first; for direct logits this is the
            copying score, for the logits of a match that of the match.

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
    """Share of the rise in logits that falls on the attended token, scaled to −1..1.

    A logit rises by what it has above the mean of its row, if that is positive.

    Args:
        logits: direct logits of each content.
        tokens: the token id that each content stands for.
        weights: how much attention each content receives.

    Raises:
        Refusal: no logit rises.
    """
    rises = np.maximum(logits - logits.mean(axis=1, keepdims=True), 0)
    total = weights @ rises.sum(axis=1)
    if not total > 0:
        raise Refusal("the head raises no logit: give one that writes something")
    return float(2 * (weights @ rises[np.arange(tokens.size), tokens]) / total - 1)
