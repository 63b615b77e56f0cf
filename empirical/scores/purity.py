"""Which behaviour a head shows, if it shows one purely."""

from typing import Literal, TypeAlias

Behaviour: TypeAlias = Literal["positional", "symbolic"]

GAMMAS = (0.1, 0.05)
"""The γ of urrutia2026heads."""


def purity(positional: float, symbolic: float, gamma: float) -> Behaviour | None:
    """The behaviour that is pure at γ: its score at least 1 − γ, the other at most γ.

    Args:
        positional: the positional score.
        symbolic: the symbolic score.
        gamma: below 1/2, so that at most one is pure.
    """
    if positional >= 1 - gamma and symbolic <= gamma:
        return "positional"
    if symbolic >= 1 - gamma and positional <= gamma:
        return "symbolic"
    return None
