"""Draws a hand-set head: its keys in each plane, and its logits by distance."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from constructions.attention import HeadWeights, logits, rotate
from constructions.construction import Network
from constructions.stack import states

SIZE, RADIUS = 120, 46
BAR_HEIGHT, BAR_WIDTH = 84, 8
MOST_PLANES = 3


def drawings(network: Network, length: int) -> Iterator[tuple[str, str]]:
    """Yields a caption and an SVG element for each plane and profile of each head.

    The input is the hardest one. For each head come at most ``MOST_PLANES`` planes with a query,
    each turned so that the query of the last token points up, then the logit of every key by
    distance.

    Args:
        network: the network.
        length: tokens of the input.
    """
    tokens = network.hardest_input(length)
    x = network.embed(tokens)
    inputs = [x, *states(network.blocks, x)]
    for number, (block, x) in enumerate(zip(network.blocks, inputs, strict=False)):
        for head in block.layer.heads:
            for plane in _scoring(head, x)[:MOST_PLANES]:
                angle = head.angles[plane]
                yield f"block {number}, plane θ = {angle:.6g}", _circle(head, x, plane)
            yield f"block {number}, logit by distance", _bars(logits(head, x)[-1, ::-1])


def _turned(
    head: HeadWeights, x: Float[np.ndarray, "positions width"], plane: int
) -> tuple[Float[np.ndarray, "positions 2"], Float[np.ndarray, " 2"]]:
    positions = np.arange(len(x))
    both = slice(2 * plane, 2 * plane + 2)
    keys = rotate(x @ head.key, head.angles, positions)[:, both]
    query = rotate(x @ head.query, head.angles, positions)[-1, both]
    return keys, query


def _scoring(head: HeadWeights, x: Float[np.ndarray, "positions width"]) -> list[int]:
    """Returns the planes in which the last query is not zero, the longest query first."""
    sizes = [float(np.hypot(*_turned(head, x, p)[1])) for p in range(head.angles.size)]
    return sorted((p for p, size in enumerate(sizes) if size > 0), key=lambda p: (-sizes[p], p))


def _circle(head: HeadWeights, x: Float[np.ndarray, "positions width"], plane: int) -> str:
    keys, query = _turned(head, x, plane)
    up = query / np.hypot(*query)
    right = np.array([up[1], -up[0]])
    largest = max(float(np.hypot(keys[:, 0], keys[:, 1]).max()), 1e-9)
    at = np.stack([keys @ right, -(keys @ up)], axis=1) * (RADIUS / largest) + SIZE / 2
    dots = "".join(
        f'<circle class="key" cx="{px:.1f}" cy="{py:.1f}" r="3"><title>'
        f"{len(x) - 1 - j} back</title></circle>"
        for j, (px, py) in enumerate(at)
    )
    rim = f'<circle class="rim" cx="{SIZE / 2}" cy="{SIZE / 2}" r="{RADIUS}"/>'
    arrow = f'<path class="query" d="M{SIZE / 2} {SIZE / 2}V{SIZE / 2 - RADIUS}"/>'
    return (
        f'<svg viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}">{rim}{arrow}{dots}</svg>'
    )


def _bars(values: Float[np.ndarray, " distances"]) -> str:
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()), 1e-9)
    scale = BAR_HEIGHT / (high - low)
    zero = high * scale
    bars = "".join(
        f'<rect class="key" x="{BAR_WIDTH * t}" y="{zero - max(v, 0) * scale:.1f}" '
        f'width="{BAR_WIDTH - 2}" height="{max(abs(v) * scale, 0.6):.1f}">'
        f"<title>{t} back: {v:.5g}</title></rect>"
        for t, v in enumerate(values)
    )
    width = BAR_WIDTH * len(values)
    return (
        f'<svg viewBox="0 -2 {width} {BAR_HEIGHT + 4}" width="{width}" height="{SIZE}" '
        f'preserveAspectRatio="xMidYMid meet">{bars}</svg>'
    )
