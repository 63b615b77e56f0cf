"""Runs blocks one after the other: an attention layer each, then a snap where there is one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from constructions.attention import Layer, attend
from constructions.snap import Snap


@dataclass(frozen=True, eq=False)
class Block:
    """An attention layer, and the snap that is applied to its output.

    Attributes:
        layer: the attention layer.
        snap: applied to the output position by position; ``None`` leaves it unchanged.
    """

    layer: Layer
    snap: Snap | None = None


def rows(
    tokens: Int[np.ndarray, "*inputs positions"],
    embedding: Float[np.ndarray, "vocabulary width"],
    of_previous: Float[np.ndarray, "vocabulary width"] | None,
) -> Float[np.ndarray, "*inputs positions width"]:
    """Returns the row of each token, plus what the token before it adds.

    Args:
        tokens: one id per position of each input.
        embedding: one row per token id.
        of_previous: what each token adds to the row after it; ``None`` adds nothing.
    """
    x = np.take(embedding, tokens, axis=0)
    if of_previous is not None:
        x[..., 1:, :] += np.take(of_previous, tokens[..., :-1], axis=0)
    return x


def states(
    blocks: Sequence[Block], x: Float[np.ndarray, "*inputs positions width"], beta: float = math.inf
) -> list[Float[np.ndarray, "*inputs positions width"]]:
    """Returns the output of each block, first to last.

    Args:
        blocks: run in order, each on the output of the one before.
        x: one row per position of each input.
        beta: inverse temperature of all layers, as in ``attention.weights``.

    Raises:
        Refusal: as ``attention.attend``.
    """
    outputs = []
    for block in blocks:
        x = attend(block.layer, x, beta)
        x = x if block.snap is None else block.snap.apply(x)
        outputs.append(x)
    return outputs
