"""Measures which planes a head uses, and their angles."""

import numpy as np
from jaxtyping import Float64


def frequency_use(
    observed: Float64[np.ndarray, "queries keys components"],
) -> Float64[np.ndarray, "queries components"]:
    """Returns the norm over the keys of each component's logits (urrutia2026heads).

    Args:
        observed: the logit of each component on each key.
    """
    use: Float64[np.ndarray, "queries components"] = np.sqrt((observed**2).sum(axis=1))
    return use


def mean_angle(
    use: Float64[np.ndarray, " components"], angles: Float64[np.ndarray, " components"]
) -> float | None:
    """Returns the mean of the angles weighted by use, in radians per position.

    Returns ``None`` for a head whose logits are all 0.
    """
    total = use.sum()
    return float(use @ angles / total) if total else None
