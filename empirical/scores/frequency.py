"""Which planes a head uses, and how fast they turn."""

import numpy as np
from jaxtyping import Float64


def frequency_use(
    observed: Float64[np.ndarray, "queries keys components"],
) -> Float64[np.ndarray, "queries components"]:
    """The norm over the keys of the logits that each component gives them (urrutia2026heads).

    Args:
        observed: the logit that each component gives to each key.
    """
    use: Float64[np.ndarray, "queries components"] = np.sqrt((observed**2).sum(axis=1))
    return use


def mean_angle(
    use: Float64[np.ndarray, " components"], angles: Float64[np.ndarray, " components"]
) -> float | None:
    """The mean of the angles, weighted by use; radians per position.

    ``None`` where nothing is used: such a head has no angle.
    """
    total = use.sum()
    return float(use @ angles / total) if total else None
