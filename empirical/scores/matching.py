"""Scores how much a head attends to the previous token, and to what followed earlier occurrences.

Definitions of olsson2022induction; both scores are functions of the attention weights.
"""

import numpy as np
from jaxtyping import Bool, Float

from theory.refusal import Refusal


def previous_token_score(weights: Float[np.ndarray, "inputs length length"]) -> float:
    """Returns the mean weight on the previous position, over all queries that have one.

    Args:
        weights: attention weights; rows are queries.

    Returns:
        A number from 0 to 1.

    Raises:
        Refusal: the inputs have one token.
    """
    if weights.shape[1] < 2:
        raise Refusal("an input of one token has no previous token: give at least two")
    return float(np.diagonal(weights, offset=-1, axis1=1, axis2=2).mean())


def prefix_matching_score(
    weights: Float[np.ndarray, "inputs length length"],
    targets: Bool[np.ndarray, "inputs length length"],
) -> float:
    """Returns the mean total weight on a query's targets, over the queries that have a target.

    Args:
        weights: attention weights; rows are queries.
        targets: the keys that followed an earlier occurrence, from ``repeats.followers``. The
            distance to the targets must vary over the inputs, or a positional head scores high.

    Returns:
        A number from 0 to 1.

    Raises:
        Refusal: no query has a target.
    """
    asked = targets.any(axis=2)
    if not asked.any():
        raise Refusal("no token occurs twice in these inputs: give inputs with repeats")
    return float((weights * targets).sum(axis=2)[asked].mean())
