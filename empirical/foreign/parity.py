"""The self-check: canonical heads give the patterns and logits of the model's own attention.

Everything that is said of a model is said of its canonical heads, so this comes first. Patterns are
compared with the model's eager attention, logits with its own turned queries and keys.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from empirical.foreign import capture
from empirical.foreign.reading import Model
from empirical.heads.canonical import Head

BOUND = 1e-5
"""Of both differences in float32, for logits of magnitude 1; larger logits round more."""

Change = Callable[[Head], Head]


@dataclass(frozen=True)
class Parity:
    """How far canonical and own attention of one block are apart.

    Attributes:
        layer: which block.
        patterns: the largest difference of an attention weight.
        logits: the largest difference of a visible logit.
        deviation: standard deviation of the visible logits; near 0 the check tells little.
        largest: the largest modulus of a visible logit.
    """

    layer: int
    patterns: float
    logits: float
    deviation: float
    largest: float

    @property
    def bound(self) -> float:
        """What rounding in float32 may make of it."""
        return BOUND * max(1.0, self.largest)


def parity(
    model: Model, ids: Int64[np.ndarray, " length"], change: Change = lambda head: head
) -> list[Parity]:
    """Compare every head of every block on one input.

    Args:
        model: the model.
        ids: token ids; one number per pair of positions is kept, so not thousands.
        change: applied to each canonical head first: how a test shows that the check can fail.
    """
    theirs = capture.eager_patterns(model, ids)
    positions = np.arange(len(ids))
    found = []

    def compare(seen: capture.AttentionInputs) -> None:
        heads = [change(head) for head in model.family.heads(model.module, seen.layer, seen.stream)]
        ours = np.stack([head.rows(positions) for head in heads])
        own = seen.logits()
        visible = np.isfinite(own)
        far = np.abs(np.subtract(ours, own, where=visible, out=np.zeros_like(ours)))
        found.append(
            Parity(
                layer=seen.layer,
                patterns=float(np.abs(softmax(ours) - theirs[seen.layer]).max()),
                logits=float(far.max()),
                deviation=float(own[visible].std()),
                largest=float(np.abs(own[visible]).max()),
            )
        )

    capture.run(model, ids, compare)
    return found


def softmax(logits: Float64[np.ndarray, "*rows keys"]) -> Float64[np.ndarray, "*rows keys"]:
    """Attention weights of rows of logits."""
    mass = np.exp(logits - logits.max(axis=-1, keepdims=True))
    weights: Float64[np.ndarray, "*rows keys"] = mass / mass.sum(axis=-1, keepdims=True)
    return weights
