"""The canonical attention head, into which adaptors translate the heads of every architecture.

``logit(i, j) = scale · (a² · Σ_f Re(q_f · conj(k_f) · e^{iθ_f(i−j)}) + q_0 · k_0)``: planes as
complex numbers, ``q_0``, ``k_0`` the unrotated channels, ``a`` the attention factor of yarn and
longrope. A soft-cap ``c`` turns a logit ``s`` into ``c · tanh(s / c)``; a window hides far keys.
Adaptors handle pair conventions, projections and norms; scores, bounds and figures read only this
class. All numbers are float64.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex128, Float64, Int


@dataclass(frozen=True, eq=False)
class Head:
    """A head on a finite set of contents (tokens, or rows of a residual stream).

    Attributes:
        angles: radians per position, one for each plane.
        scale: factor of every logit.
        queries: the query of each content, one complex number per plane.
        keys: the key of each content, one complex number per plane.
        query_rest: the unrotated channels of each query; may have no column.
        key_rest: the unrotated channels of each key.
        attention_factor: factor of the rotated queries and of the rotated keys.
        softcap: bound of the modulus of a logit; ``None`` for no soft-cap.
        window: distance, in positions, from which on keys are hidden; ``None`` hides no key.
    """

    angles: Float64[np.ndarray, " planes"]
    scale: float
    queries: Complex128[np.ndarray, "contents planes"]
    keys: Complex128[np.ndarray, "contents planes"]
    query_rest: Float64[np.ndarray, "contents rest"]
    key_rest: Float64[np.ndarray, "contents rest"]
    attention_factor: float = 1.0
    softcap: float | None = None
    window: int | None = None

    def amplitudes(
        self, query: int, keys: Int[np.ndarray, " keys"]
    ) -> Complex128[np.ndarray, "keys planes"]:
        """Returns ``A_f`` of ``logit(t) = Σ_f |A_f| cos(θ_f t + arg A_f) + c``, before a soft-cap.

        The moduli are the theorems' plane weights ``r_f``, the arguments their phases.

        Args:
            query: content of the query.
            keys: contents of the keys.
        """
        factor = self.scale * self.attention_factor**2
        products: Complex128[np.ndarray, "keys planes"] = (
            factor * self.queries[query] * self.keys[keys].conj()
        )
        return products

    def logits(
        self,
        query: int,
        keys: Int[np.ndarray, " keys"],
        distances: Int[np.ndarray, " distances"],
    ) -> Float64[np.ndarray, "keys distances"]:
        """Returns the logit of each key at each distance; minus infinity outside the window.

        Args:
            query: content of the query.
            keys: contents of the keys.
            distances: query position minus key position.
        """
        logits: Float64[np.ndarray, "keys distances"]
        (logits,) = self.crossed(np.array([query]), keys[None], distances)
        return logits

    def crossed(
        self,
        queries: Int[np.ndarray, " queries"],
        keys: Int[np.ndarray, "queries keys"],
        distances: Int[np.ndarray, " distances"],
    ) -> Float64[np.ndarray, "queries keys distances"]:
        """Returns the logits of many queries, each on its own keys; see ``logits``.

        Args:
            queries: contents of the queries.
            keys: contents of the keys of each query.
            distances: query position minus key position.
        """
        factor = self.scale * self.attention_factor**2
        products = factor * self.queries[queries][:, None] * self.keys[keys].conj()
        turns = np.exp(1j * np.multiply.outer(self.angles, distances))
        logits: Float64[np.ndarray, "queries keys distances"] = (products @ turns).real
        rest = self.key_rest[keys] @ self.query_rest[queries][:, :, None]
        logits += self.scale * rest
        return self.seen(logits, distances)

    def at(
        self,
        query: int,
        keys: Int[np.ndarray, " pairs"],
        distances: Int[np.ndarray, " pairs"],
    ) -> Float64[np.ndarray, " pairs"]:
        """Returns the logit of each key at its own distance.

        Args:
            query: content of the query.
            keys: contents of the keys.
            distances: query position minus key position, one for each key.
        """
        turns = np.exp(1j * np.multiply.outer(distances, self.angles))
        rotated = np.einsum("pf,pf->p", self.amplitudes(query, keys), turns).real
        logits = rotated + self.scale * self.key_rest[keys] @ self.query_rest[query]
        return self.seen(logits, distances)

    def rows(self, positions: Int[np.ndarray, " rows"]) -> Float64[np.ndarray, "rows contents"]:
        """Returns logits with content ``p`` at position ``p``; minus infinity at hidden keys.

        Later keys are hidden, and keys outside the window.

        Args:
            positions: of the queries; the keys are all contents.
        """
        every = np.arange(len(self.keys))
        parts = []
        for planes, rest, places in (
            (self.queries[positions], self.query_rest[positions], positions),
            (self.keys, self.key_rest, every),
        ):
            turned = planes * np.exp(1j * np.multiply.outer(places, self.angles))
            turned *= self.attention_factor
            parts.append(np.hstack([turned.real, turned.imag, rest]))
        distances = positions[:, None] - every
        logits = self.seen(self.scale * parts[0] @ parts[1].T, distances)
        return np.where(distances < 0, -np.inf, logits)

    def seen(
        self, logits: Float64[np.ndarray, "*some"], distances: Int[np.ndarray, "..."]
    ) -> Float64[np.ndarray, "*some"]:
        """Returns logits after soft-cap and window; minus infinity at keys outside the window.

        Args:
            logits: sums over planes and unrotated channels.
            distances: query position minus key position; broadcasts to the shape of ``logits``.
        """
        if self.softcap is not None:
            logits = self.softcap * np.tanh(logits / self.softcap)
        if self.window is not None:
            logits = np.where(distances < self.window, logits, -np.inf)
        return logits
