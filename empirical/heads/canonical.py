"""One canonical view of an attention head, whatever architecture it comes from.

``logit(i, j) = scale · (a² · Σ_f Re(q_f · conj(k_f) · e^{iθ_f(i−j)}) + q_0 · k_0)``: planes as
complex numbers, ``q_0``, ``k_0`` the unrotated channels, ``a`` the attention factor of yarn and
longrope. A soft-cap ``c`` turns a logit ``s`` into ``c · tanh(s / c)``; a window hides far keys.
Pair conventions, projections and norms are the adaptors' concern; scores, bounds and figures read
only this. Everything is float64.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex128, Float64, Int


@dataclass(frozen=True, eq=False)
class Head:
    """A head on a finite set of contents (tokens, or rows of a residual stream).

    Attributes:
        angles: radians per position, one for each plane.
        scale: multiplies every logit.
        queries: for each content its query, one complex number per plane.
        keys: for each content its key.
        query_rest: the unrotated channels of each query; may have no column.
        key_rest: the unrotated channels of each key.
        attention_factor: multiplies rotated queries and keys alike.
        softcap: logits stay inside ± this; None leaves them as they are.
        window: keys at this distance and beyond are hidden; None hides none.
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
        """``A_f`` with ``logit(t) = Σ_f |A_f| cos(θ_f t + arg A_f) + constant``, before a soft-cap.

        The moduli are the theorems' plane weights ``r_f``, the arguments their phases.

        Args:
            query: the content that asks.
            keys: the contents that are asked.
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
        """The logit of each key content at each distance; minus infinity outside the window.

        Args:
            query: the content that asks.
            keys: the contents that are asked.
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
        """The same for several queries, each with keys of its own.

        Args:
            queries: the contents that ask.
            keys: for each of them the contents that are asked.
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
        """The logit of each key content at its own distance, in the order of the pairs.

        Args:
            query: the content that asks.
            keys: the contents that are asked.
            distances: query position minus key position, one for each content.
        """
        turns = np.exp(1j * np.multiply.outer(distances, self.angles))
        rotated = np.einsum("pf,pf->p", self.amplitudes(query, keys), turns).real
        logits = rotated + self.scale * self.key_rest[keys] @ self.query_rest[query]
        return self.seen(logits, distances)

    def rows(self, positions: Int[np.ndarray, " rows"]) -> Float64[np.ndarray, "rows contents"]:
        """Logits where content ``p`` stands at position ``p``; minus infinity at hidden keys.

        Args:
            positions: which queries; keys are all contents.
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
        """Logits after soft-cap and window; minus infinity at hidden keys.

        Args:
            logits: sums over planes and unrotated channels.
            distances: query position minus key position, of a shape that broadcasts.
        """
        if self.softcap is not None:
            logits = self.softcap * np.tanh(logits / self.softcap)
        if self.window is not None:
            logits = np.where(distances < self.window, logits, -np.inf)
        return logits
