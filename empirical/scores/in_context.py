"""How much better tokens are predicted late in a context than early in it."""

import numpy as np
from jaxtyping import Float

from theory.refusal import Refusal

LATE, EARLY = 500, 50
"""Tokens of context (olsson2022induction)."""


def places(length: int) -> tuple[int, int]:
    """The late and the early place among predictions after 1 to ``length`` tokens of context.

    The published ones where they fit; else the last place, and one a tenth as far in.
    """
    return (LATE, EARLY) if length >= LATE else (length, max(1, length * EARLY // LATE))


def in_context_score(losses: Float[np.ndarray, "inputs length"], late: int, early: int) -> float:
    """Mean loss at the late place minus that at the early one, in nats; below 0 is learning.

    Args:
        losses: cross-entropy of the next token after 1, 2, … tokens of context, in nats.
        late: after how many tokens.
        early: after how many tokens.

    Raises:
        Refusal: the two are not places of the inputs, the early one first.
    """
    if not 1 <= early < late <= losses.shape[1]:
        raise Refusal(
            f"{late} and {early} are not a late and an early place of {losses.shape[1]}: "
            f"give two from 1 to {losses.shape[1]}, the late one first"
        )
    return float((losses[:, late - 1] - losses[:, early - 1]).mean())
