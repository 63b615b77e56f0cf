"""One canonical view of an attention head, whatever architecture it comes from.

``logit(i, j) = scale · (a² · Σ_f Re(q_f · conj(k_f) · e^{iθ_f(i−j)}) + q_0 · k_0)``: planes as
complex numbers, ``q_0``, ``k_0`` the unrotated channels, ``a`` the attention factor of yarn and
longrope. Pair conventions, projections and norms are the adaptors' concern; scores, bounds and
figures read only this. Everything is float64.
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
    """

    angles: Float64[np.ndarray, " planes"]
    scale: float
    queries: Complex128[np.ndarray, "contents planes"]
    keys: Complex128[np.ndarray, "contents planes"]
    query_rest: Float64[np.ndarray, "contents rest"]
    key_rest: Float64[np.ndarray, "contents rest"]
    attention_factor: float = 1.0

    def amplitudes(
        self, query: int, keys: Int[np.ndarray, " keys"]
    ) -> Complex128[np.ndarray, "keys planes"]:
        """``A_f`` with ``logit(t) = Σ_f |A_f| cos(θ_f t + arg A_f) + constant``.

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
        """The logit of each key content at each distance.

        Args:
            query: the content that asks.
            keys: the contents that are asked.
            distances: query position minus key position.
        """
        turns = np.exp(1j * np.multiply.outer(self.angles, distances))
        rotated: Float64[np.ndarray, "keys distances"] = (self.amplitudes(query, keys) @ turns).real
        unrotated = self.scale * self.key_rest[keys] @ self.query_rest[query]
        rotated += unrotated[:, None]
        return rotated
