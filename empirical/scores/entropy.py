"""Measures how evenly attention is spread."""

import numpy as np
from jaxtyping import Float64


def normalised_entropy(
    logits: Float64[np.ndarray, "queries keys"],
) -> Float64[np.ndarray, " queries"]:
    """Returns the entropy of the softmax divided by ``log keys`` (urrutia2026heads, App. D).

    Args:
        logits: of at least two keys, the query's own position included.

    Returns:
        Numbers from 0, all weight on one key, to 1, uniform weights.
    """
    lead = logits - logits.max(axis=1, keepdims=True)
    masses = np.exp(lead)
    totals = masses.sum(axis=1)
    entropies = np.log(totals) - (masses * lead).sum(axis=1) / totals
    shares: Float64[np.ndarray, " queries"] = entropies / np.log(logits.shape[1])
    return shares
