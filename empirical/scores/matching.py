"""Where attention goes: to the token before, or to what followed the current token before.

Definitions of olsson2022induction; both read attention weights alone.
"""

import numpy as np
from jaxtyping import Bool, Float

from theory.refusal import Refusal


def previous_token_score(weights: Float[np.ndarray, "inputs length length"]) -> float:
    """Mean weight of the key one back, over all queries that have one; from 0 to 1."""
    if weights.shape[1] < 2:
        raise Refusal("an input of one token has no previous token: give at least two")
    return float(np.diagonal(weights, offset=-1, axis1=1, axis2=2).mean())


def prefix_matching_score(
    weights: Float[np.ndarray, "inputs length length"],
    targets: Bool[np.ndarray, "inputs length length"],
) -> float:
    """Mean weight of all targets together, over the queries that have one; from 0 to 1.

    Args:
        weights: attention, rows are queries.
        targets: the keys looked for, as ``repeats.followers`` finds them. The gap between a query
            and its targets must vary over the inputs, or a positional head scores as well.

    Raises:
        Refusal: no query has a target.
    """
    asked = targets.any(axis=2)
    if not asked.any():
        raise Refusal("no token comes again in these inputs: give inputs with repeats")
    return float((weights * targets).sum(axis=2)[asked].mean())
