"""How spread out attention is."""

import numpy as np
from jaxtyping import Float64


def normalised_entropy(
    logits: Float64[np.ndarray, "queries keys"],
) -> Float64[np.ndarray, " queries"]:
    """Entropy of the softmax over its largest value, ``log keys`` (urrutia2026heads, App. D).

    Args:
        logits: of at least two keys, the query's own position included.

    Returns:
        From 0, all weight on one key, to 1, uniform.
    """
    lead = logits - logits.max(axis=1, keepdims=True)
    masses = np.exp(lead)
    totals = masses.sum(axis=1)
    entropies = np.log(totals) - (masses * lead).sum(axis=1) / totals
    shares: Float64[np.ndarray, " queries"] = entropies / np.log(logits.shape[1])
    return shares
