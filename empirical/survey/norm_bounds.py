"""What weights any context can give in deeper layers, from norms of what heads read: bounds.

Deeper than the first layer a residual row is a function of its context, and there is no list of
them. But it is normed before attention reads it, so queries and keys lie in ellipsoids that the
weights of the block decide; see ``empirical.foreign.ellipsoid``. The logit of a query ``a + Au`` on
a key ``b + Bv`` that a turn ``R`` away is

    ``a·Rb + u·AᵀRb + v·BᵀRᵀa + u·(AᵀRB)v``,

so norms of vectors and the spectral norm of a matrix bound it at every distance. The bounds are
loose: they allow every row, also those of no context, and a row of its own for every term.

They are bounds of the real function: what float64 rounds is accounted for, and spectral norms are
bounded from above.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Int64

from empirical.foreign.ellipsoid import ROOM, UNIT, Ellipsoid, ellipsoids
from empirical.foreign.reading import Model
from theory.refusal import Refusal

SQUARINGS = 8
"""Of a matrix whose spectral norm is bounded: it is at most ``channels^(1/512)`` too large."""
AT_ONCE = 1 << 21
"""Numbers in one array: what bounds memory; it decides no number."""
BEYOND = "bounds of the head are beyond all float64 numbers: scale its weights down"
TURNED = 32 * UNIT
"""By how much a cosine or a sine may be off, beside what its angle is off."""


@dataclass(frozen=True, eq=False)
class NormBounds:
    """Between what a target's weight lies in every context, by length.

    Attributes:
        offset: distance of the target from the query.
        lengths: of the contexts, query included, from ``offset + 1`` on.
        least: the weight is at least this at each length.
        most: it is at most this.
        lowest: no logit at a distance that the head sees is below.
        highest: none is above.
    """

    offset: int
    lengths: Int64[np.ndarray, " lengths"]
    least: Float64[np.ndarray, " lengths"]
    most: Float64[np.ndarray, " lengths"]
    lowest: Float64[np.ndarray, " reach"]
    highest: Float64[np.ndarray, " reach"]

    def longest(self) -> "NormBounds":
        """The same of the longest contexts only."""
        return replace(self, lengths=self.lengths[-1:], least=self.least[-1:], most=self.most[-1:])


def norm_bounds(model: Model, layer: int, head: int, offset: int, longest: int) -> NormBounds:
    """Bounds on the weight of a target at a distance, in every context of each length.

    Args:
        model: the model.
        layer: the block.
        head: which head of it.
        offset: distance of the target, at least 1.
        longest: the longest context, in tokens, query included; its angles are taken.

    Raises:
        Refusal: there is no such head, it does not see the target, or its rows have no bound.
    """
    if not 0 <= layer < model.layers:
        raise Refusal(f"{model.path} has layers 0 to {model.layers - 1}: name a head of one")
    reads = ellipsoids(model, layer)
    if not 0 <= head < len(reads):
        raise Refusal(
            f"{model.path} has heads 0 to {len(reads) - 1} in its layer {layer}: name one"
        )
    window = model.family.window(model.module.config, layer)
    reach = min(longest, window or longest)
    if not 1 <= offset < reach:
        raise Refusal(
            f"the head sees {reach} tokens and no target {offset} back: name a nearer one, or a "
            "longer context"
        )
    low, high = logit_bounds(model, layer, longest, *reads[head], reach)
    lengths = np.arange(offset + 1, longest + 1)
    return NormBounds(
        offset=offset,
        lengths=lengths,
        least=_weights(high, low[offset], lengths, offset, least=True),
        most=_weights(low, high[offset], lengths, offset, least=False),
        lowest=low,
        highest=high,
    )


def logit_bounds(
    model: Model, layer: int, length: int, query: Ellipsoid, key: Ellipsoid, reach: int
) -> tuple[Float64[np.ndarray, " reach"], Float64[np.ndarray, " reach"]]:
    """Between what the logits of a head lie at each distance.

    Args:
        model: the model.
        layer: the block.
        length: of the input, which dynamic angles depend on.
        query: what queries can be.
        key: what keys can be.
        reach: distances below this are looked at.

    Raises:
        Refusal: the bounds are beyond float64.
    """
    config = model.module.config
    angles, factor = model.family.angles(config, layer, length)
    scale, cap = float(model.family.scale(config)), model.family.softcap(config)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
        pair = _QueryAndKey.of(query, key, angles, float(factor) ** 2)
        at_once = max(1, AT_ONCE // pair.query.root.size)
        parts = [
            pair.logits(np.arange(first, min(first + at_once, reach)))
            for first in range(0, reach, at_once)
        ]
        middle, spread = (np.concatenate(part) for part in zip(*parts, strict=True))
        middle, spread = scale * middle, abs(scale) * spread
        slack = ROOM * UNIT * (np.abs(middle) + spread)
        low, high = middle - spread - slack, middle + spread + slack
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise Refusal(BEYOND)
    if cap is not None:
        low, high = (cap * np.tanh(logits / cap) for logits in (low, high))
        low, high = low - ROOM * UNIT * abs(cap), high + ROOM * UNIT * abs(cap)
    return low, high


@dataclass(frozen=True, eq=False)
class _Rooted:
    """An ellipsoid whose directions are replaced by as many as there are channels.

    Attributes:
        root: ``directionsᵀ directions`` is ``root rootᵀ`` but for ``left``.
        left: norm of the difference at most.
        size: Frobenius norm of the directions at most.
        own: the ellipsoid.
    """

    root: Float64[np.ndarray, "channels channels"]
    left: float
    size: float
    own: Ellipsoid

    @classmethod
    def of(cls, own: Ellipsoid) -> "_Rooted":
        gram = own.directions.T @ own.directions
        if not np.isfinite(gram).all():
            raise Refusal(BEYOND)
        if np.array_equal(own.directions, np.diag(np.diagonal(own.directions))):
            root = own.directions  # normed queries: planes stay apart
        else:
            values, vectors = np.linalg.eigh((gram + gram.T) / 2)
            root = vectors * np.sqrt(np.maximum(values, 0))
        size = _size(own.directions)
        # Both products are off by as many units of moduli as they have terms.
        left = _size(gram - root @ root.T) + UNIT * (
            (len(own.directions) + ROOM) * size**2 + (len(root) + ROOM) * _size(root) ** 2
        )
        return cls(root, left, size + own.error, own)

    def seen(
        self, vectors: Float64[np.ndarray, "some channels"], error: float
    ) -> Float64[np.ndarray, " some"]:
        """What the ball's part has at most of inner products with vectors off by ``error``."""
        size = np.sqrt((vectors**2).sum(axis=1)) * (1 + len(self.root) * UNIT)
        seen = np.sqrt(((vectors @ self.root) ** 2).sum(axis=1) + self.left * size**2)
        slack = UNIT * (2 * len(self.root) + ROOM) * _size(self.root) * size
        norms: Float64[np.ndarray, " some"] = self.own.radius * (
            seen + slack + self.own.error * size + self.size * error
        )
        return norms


@dataclass(frozen=True, eq=False)
class _QueryAndKey:
    """Queries and keys of one head, and how the latter turn.

    Attributes:
        query: what queries can be.
        key: what keys can be.
        angles: radians per position, one for each plane.
        factor: multiplies the products of channels that turn.
    """

    query: _Rooted
    key: _Rooted
    angles: Float64[np.ndarray, " planes"]
    factor: float

    @classmethod
    def of(
        cls, query: Ellipsoid, key: Ellipsoid, angles: Float64[np.ndarray, " planes"], factor: float
    ) -> "_QueryAndKey":
        return cls(_Rooted.of(query), _Rooted.of(key), angles, factor)

    def logits(
        self, distances: Int64[np.ndarray, " distances"]
    ) -> tuple[Float64[np.ndarray, " distances"], Float64[np.ndarray, " distances"]]:
        """The middle of the logits at each distance, and how far they lie from it at most."""
        query, key = self.query, self.key
        asked, kept = query.own.centre, key.own.centre
        rows = np.concatenate([key.root.T, kept[None]])
        turned = self._turned(rows, distances)
        # ``off`` bounds what rounding has done to the turning, as a spectral norm.
        off = self._off(int(distances[-1]))
        roots, kept_turned = turned[:, :-1], turned[:, -1]
        asked_turned = self._turned(asked[None], -distances)[:, 0]
        larger = max(1.0, self.factor)
        both = _size(query.root) * _size(key.root) * larger
        squared = (
            self._norms(query.root.T @ roots.swapaxes(1, 2))
            + (UNIT * (2 * len(query.root) + ROOM) + off / larger) * both
        )
        spread = np.sqrt(
            squared**2
            + query.left * (larger * key.size) ** 2
            + key.left * (larger * _size(query.root)) ** 2
        )
        spread += larger * (query.own.error * key.size + query.size * key.own.error)
        norms = float(np.linalg.norm(asked)), float(np.linalg.norm(kept))
        kept_error = larger * key.own.centre_error + off * norms[1]
        asked_error = larger * query.own.centre_error + off * norms[0]
        middle = kept_turned @ asked
        total = query.own.radius * key.own.radius * spread
        total += query.seen(kept_turned, kept_error) + key.seen(asked_turned, asked_error)
        total += norms[0] * kept_error + (larger * norms[1] + kept_error) * query.own.centre_error
        total += UNIT * (2 * asked.size + ROOM) * larger * norms[0] * norms[1]
        return middle, total * (1 + 4 * ROOM * UNIT)

    def _norms(
        self, products: Float64[np.ndarray, "distances channels channels"]
    ) -> Float64[np.ndarray, " distances"]:
        """Bounds from above on spectral norms, plane by plane where planes stay apart."""
        planes = self.angles.size
        ends = np.arange(2 * planes).reshape(2, planes).T
        blocks = products[:, ends[:, :, None], ends[:, None, :]]
        rest = np.diagonal(products, axis1=1, axis2=2)[:, 2 * planes :]
        apart = np.count_nonzero(blocks) + np.count_nonzero(rest)
        if np.count_nonzero(products) != apart:
            return _spectral(products)
        norms = _spectral(blocks.reshape(-1, 2, 2)).reshape(len(products), planes)
        largest: Float64[np.ndarray, " distances"] = np.hstack([norms, np.abs(rest)]).max(axis=1)
        return largest

    def _turned(
        self,
        rows: Float64[np.ndarray, "rows channels"],
        distances: Int64[np.ndarray, " distances"],
    ) -> Float64[np.ndarray, "distances rows channels"]:
        """Keys as a query sees them at each distance; queries, at distances below zero."""
        planes = self.angles.size
        real, imaginary, rest = np.split(rows, [planes, 2 * planes], axis=1)
        phases = np.multiply.outer(distances, self.angles)[:, None]
        cosine, sine = self.factor * np.cos(phases), self.factor * np.sin(phases)
        still = np.broadcast_to(rest, (distances.size, *rest.shape))
        return np.concatenate(
            [cosine * real + sine * imaginary, cosine * imaginary - sine * real, still], axis=2
        )

    def _off(self, farthest: int) -> float:
        """By how much the turning may be off, as a spectral norm: angles and their cosines."""
        phase = float(np.abs(self.angles).max(initial=0)) * farthest
        return 2 * self.factor * (phase * UNIT + TURNED)


def _size(matrix: Float64[np.ndarray, "rows columns"]) -> float:
    """The Frobenius norm, rounded up."""
    return float(_sizes(matrix[None])[0])


def _sizes(matrices: Float64[np.ndarray, "batch rows columns"]) -> Float64[np.ndarray, " batch"]:
    """Frobenius norms, rounded up."""
    _, rows, columns = matrices.shape
    above: Float64[np.ndarray, " batch"] = np.sqrt((matrices**2).sum(axis=(1, 2))) * (
        1 + (rows * columns + ROOM) * UNIT
    )
    return above


def _spectral(
    matrices: Float64[np.ndarray, "batch rows columns"], squarings: int = SQUARINGS
) -> Float64[np.ndarray, " batch"]:
    """Bounds from above on spectral norms: ``‖M‖² = ‖MᵀM‖``, and at the end Frobenius norms.

    A product is off by as many units of the moduli's as it has terms.
    """
    sizes = _sizes(matrices)
    if squarings == 0:
        return sizes
    # Powers of two change no digit, and keep squares from leaving the range.
    units = np.exp2(np.ceil(np.log2(np.where(sizes > 0, sizes, 1.0))))
    within = matrices / units[:, None, None]
    squares = within.swapaxes(1, 2) @ within
    slack = UNIT * (2 * matrices.shape[-2] + ROOM) * (sizes / units) ** 2
    bounds: Float64[np.ndarray, " batch"] = (
        units * np.sqrt(_spectral(squares, squarings - 1) + slack) * (1 + ROOM * UNIT)
    )
    return bounds


def _weights(
    rivals: Float64[np.ndarray, " reach"],
    own: float,
    lengths: Int64[np.ndarray, " lengths"],
    offset: int,
    *,
    least: bool,
) -> Float64[np.ndarray, " lengths"]:
    """The target's weight at each length, rounded down or up.

    Args:
        rivals: the logit at every other distance.
        own: the target's.
        lengths: of the contexts.
        offset: the target's distance.
        least: whether to round down.
    """
    ahead = rivals - own
    sign = 1 if least else -1
    ahead += sign * ROOM * UNIT * (np.abs(rivals) + abs(own))
    ahead[offset] = 0.0
    with np.errstate(over="ignore", under="ignore"):
        mass = np.cumsum(np.exp(ahead))[np.minimum(lengths, ahead.size) - 1]
    weights: Float64[np.ndarray, " lengths"] = np.clip(
        (1 - sign * UNIT * (4 * ahead.size + 8 * ROOM)) / mass, 0.0, 1.0
    )
    return weights
