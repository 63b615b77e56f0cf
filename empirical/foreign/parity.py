"""The self-check: canonical heads give the patterns and logits of the model's own attention.

Everything that is said of a model is said of its canonical heads, so this comes first. Patterns are
compared with the model's own eager attention, logits with its own turned queries and keys, at the
length of the input and with the masks and angles that the model takes there.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64

from empirical.foreign import capture
from empirical.foreign.reading import Model
from empirical.heads.canonical import Head
from theory.refusal import Refusal

BOUND = 1e-5
"""Of both differences in float32, for logits of magnitude 1; larger logits round more."""
TURNED = 2.0**-23
"""By how much a float32 phase may be off, relatively: a rounded angle times a position, rounded."""
LARGEST_PATTERN = 1 << 27
"""Weights of one block that are held to be compared; longer inputs have their logits compared."""
ROWS_AT_ONCE = 256
"""Queries whose rows are compared in one go: what bounds memory."""

Change = Callable[[Head], Head]


@dataclass(frozen=True)
class Parity:
    """How far canonical and own attention of one block are apart.

    Attributes:
        layer: which block.
        patterns: the largest difference of an attention weight; None where they were too large.
        logits: the largest difference of a visible logit.
        deviation: standard deviation of the visible logits; near 0 the check tells little.
        bound: what rounding in float32 may make of both: of the products, in proportion to the
            largest logit, and of the angles, in proportion to position and ``Σ θ_f |A_f|``.
    """

    layer: int
    patterns: float | None
    logits: float
    deviation: float
    bound: float

    @property
    def known(self) -> bool:
        """Whether it is known how far they are apart, and how far they may be."""
        far = (self.patterns or 0.0, self.logits)
        return math.isfinite(self.bound) and not any(map(math.isnan, far))


def parity(
    model: Model,
    ids: Int64[np.ndarray, " length"],
    changes: Sequence[Change] = (lambda head: head,),
) -> list[list[Parity]]:
    """Compare every head of every block on one input.

    Args:
        model: the model.
        ids: token ids; memory for one block's weights is taken, as far as ``LARGEST_PATTERN``.
        changes: applied to each canonical head first: how a test shows that the check can fail.

    Returns:
        For each change a row per block.

    Raises:
        Refusal: logits of a block are not finite, so that nothing can be compared.
    """
    by_change: list[list[Parity]] = [[] for _ in changes]
    heads = model.module.config.num_attention_heads

    def compare(inputs: capture.AttentionInputs) -> None:
        canonical = model.family.heads(model.module, inputs.layer, inputs.stream)
        for change, rows in zip(changes, by_change, strict=True):
            rows.append(_block(inputs, [change(head) for head in canonical]))
            if not rows[-1].known:
                raise Refusal(
                    f"{model.path}: the logits of block {inputs.layer} are not finite in float32: "
                    "the weights are damaged, copy or train them again"
                )

    capture.run(model, ids, compare, weights=heads * len(ids) ** 2 <= LARGEST_PATTERN)
    return by_change


def _block(inputs: capture.AttentionInputs, heads: Sequence[Head]) -> Parity:
    """The row of one block, computed some queries at a time."""
    length = len(inputs.stream)
    patterns = logits = largest = turned = 0.0
    count, total, squares = 0, 0.0, 0.0
    for start in range(0, length, ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, length))
        own = inputs.logits(rows)
        visible = np.broadcast_to(inputs.visible(rows), own.shape)
        ours = np.stack([head.rows(rows) for head in heads])
        far = np.abs(np.subtract(ours, own, where=visible, out=np.zeros_like(ours)))
        logits = _larger(logits, far)
        if inputs.weights is not None:
            far = np.abs(softmax(ours) - inputs.weights[:, rows])
            patterns = _larger(patterns, far)
        phases = np.stack([_phases(head, rows) for head in heads])
        turned = _larger(turned, phases[visible])
        seen = own[visible].astype(np.float64)
        largest = _larger(largest, np.abs(seen))
        count += seen.size
        total += float(seen.sum())
        squares += float(seen @ seen)
    mean = total / count
    return Parity(
        layer=inputs.layer,
        patterns=None if inputs.weights is None else patterns,
        logits=logits,
        deviation=float(np.sqrt(np.maximum(0.0, squares / count - mean * mean))),
        bound=BOUND * _larger(1.0, np.array(largest)) + TURNED * turned,
    )


def _larger(most: float, numbers: Float[np.ndarray, "..."]) -> float:
    """The largest of some numbers and one more; NaN where one of them is."""
    return float(np.maximum(most, numbers.max()))


def _phases(head: Head, rows: Int64[np.ndarray, " rows"]) -> Float32[np.ndarray, "rows contents"]:
    """``i · Σ θ_f |A_f|`` of queries ``i`` and every key: what a relative error of phases costs."""
    factor = head.scale * head.attention_factor**2
    queries = np.abs(head.queries[rows]) * head.angles * factor * rows[:, None]
    costs: Float32[np.ndarray, "rows contents"] = queries.astype(np.float32) @ np.abs(
        head.keys
    ).T.astype(np.float32)
    return costs


def softmax(logits: Float64[np.ndarray, "*rows keys"]) -> Float64[np.ndarray, "*rows keys"]:
    """Attention weights of rows of logits."""
    mass = np.exp(logits - logits.max(axis=-1, keepdims=True))
    weights: Float64[np.ndarray, "*rows keys"] = mass / mass.sum(axis=-1, keepdims=True)
    return weights
