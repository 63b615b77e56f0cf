"""Measures how much better a model predicts tokens late in a context than early in it."""

import numpy as np
from jaxtyping import Float

from theory.refusal import Refusal

LATE, EARLY = 500, 50
"""Tokens of context (olsson2022induction)."""


def places(length: int) -> tuple[int, int]:
    """Returns the late and the early place of the score, in tokens of context.

    These are the published 500 and 50 where the context is long enough, else the whole length and
    a tenth of it.

    Args:
        length: the longest context, in tokens.
    """
    return (LATE, EARLY) if length >= LATE else (length, max(1, length * EARLY // LATE))


def in_context_score(losses: Float[np.ndarray, "inputs length"], late: int, early: int) -> float:
    """Returns the mean loss at the late place minus that at the early place, in nats.

    A negative score means that the model learns from context (olsson2022induction).

    Args:
        losses: cross-entropy of the next token after 1, 2, … tokens of context, in nats.
        late: tokens of context at the late place.
        early: tokens of context at the early place.

    Raises:
        Refusal: a place lies outside the inputs, or the early one is not before the late one.
    """
    if not 1 <= early < late <= losses.shape[1]:
        raise Refusal(
            f"{late} and {early} are not a late and an early place of {losses.shape[1]}: "
            f"give two from 1 to {losses.shape[1]}, the late one first"
        )
    return float((losses[:, late - 1] - losses[:, early - 1]).mean())
