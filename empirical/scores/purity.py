"""Decides whether a head is purely positional or purely symbolic."""

from typing import Literal, TypeAlias

Behaviour: TypeAlias = Literal["positional", "symbolic"]

GAMMAS = (0.1, 0.05)
"""The γ of urrutia2026heads."""


def purity(positional: float, symbolic: float, gamma: float) -> Behaviour | None:
    """Returns the pure behaviour at γ: its score is at least 1 − γ and the other at most γ.

    Args:
        positional: the positional score.
        symbolic: the symbolic score.
        gamma: below 1/2, so that at most one behaviour is pure.

    Returns:
        The behaviour, or ``None`` if neither is pure.
    """
    if positional >= 1 - gamma and symbolic <= gamma:
        return "positional"
    if symbolic >= 1 - gamma and positional <= gamma:
        return "symbolic"
    return None
