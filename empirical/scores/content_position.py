"""Every content of an input at every position, as one query of one head sees it.

``a[k, j]`` is the logit that content ``k`` would receive at position ``j``; observed logits are
the diagonal. Scores read nothing else (the matrix is ours; behaviours of urrutia2025decoupling).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex128, Float64, Int

from empirical.heads.canonical import Head
from theory.refusal import Refusal


@dataclass(frozen=True, eq=False)
class ContentPositionLogits:
    """Queries of one head that see equally many positions, the last of which asks.

    A *component* is one plane, seen as a head of two dimensions; where the head has unrotated
    channels, these together are one more, with angle 0. Components add up to the head.

    Attributes:
        amplitudes: for each key and plane ``A_f``, whose real part, turned, is a logit.
        turns: for each plane and position ``e^{iθ_f(i−j)}``, ``i`` the position that asks.
        unrotated: what unrotated channels add for each key, at every position alike.
        softcap: what the head caps its logits at, components left as they are.
    """

    amplitudes: Complex128[np.ndarray, "queries keys planes"]
    turns: Complex128[np.ndarray, "planes keys"]
    unrotated: Float64[np.ndarray, "queries keys"] | None
    softcap: float | None = None

    @classmethod
    def of(cls, head: Head, contents: Int[np.ndarray, "queries keys"]) -> "ContentPositionLogits":
        """The queries that ``contents`` describes.

        Args:
            head: a head on a finite set of contents.
            contents: for each query the content at positions 0, 1, …; the last one asks.

        Raises:
            Refusal: the head does not see as many positions.
        """
        if head.window is not None and contents.shape[1] > head.window:
            raise Refusal(
                f"a head that sees {head.window} positions cannot be asked about "
                f"{contents.shape[1]}: give the last ones"
            )
        asks = contents[:, -1:]
        distances = np.arange(contents.shape[1])[::-1]
        factor = head.scale * head.attention_factor**2
        return cls(
            amplitudes=factor * head.queries[asks] * head.keys[contents].conj(),
            turns=np.exp(1j * np.multiply.outer(head.angles, distances)),
            unrotated=(
                head.scale * (head.query_rest[asks] * head.key_rest[contents]).sum(axis=-1)
                if head.query_rest.shape[1]
                else None
            ),
            softcap=head.softcap,
        )

    def matrices(self) -> Float64[np.ndarray, "queries contents positions"]:
        """``a[k, j]`` of each query; the last row and column are the query's own content."""
        queries, keys, planes = self.amplitudes.shape
        pairs = np.stack((self.turns.real, -self.turns.imag), axis=1).reshape(2 * planes, keys)
        rows = self.amplitudes.view(np.float64).reshape(queries * keys, 2 * planes)
        logits: Float64[np.ndarray, "queries contents positions"]
        logits = (rows @ pairs).reshape(queries, keys, keys)
        if self.unrotated is not None:
            logits += self.unrotated[:, :, None]
        if self.softcap is not None:
            logits = self.softcap * np.tanh(logits / self.softcap)
        return logits

    def components(self) -> Iterator[Float64[np.ndarray, "queries contents positions"]]:
        """``a[k, j]`` of each component alone."""
        for plane, turn in enumerate(self.turns):
            amplitude = self.amplitudes[:, :, plane, None]
            yield amplitude.real * turn.real - amplitude.imag * turn.imag
        if self.unrotated is not None:
            yield np.repeat(self.unrotated[:, :, None], self.unrotated.shape[1], axis=2)

    def observed(self) -> Float64[np.ndarray, "queries keys components"]:
        """The logit that each component gives to each key where it stands."""
        turned: Float64[np.ndarray, "queries keys components"] = (
            self.amplitudes.real * self.turns.T.real - self.amplitudes.imag * self.turns.T.imag
        )
        if self.unrotated is None:
            return turned
        return np.concatenate((turned, self.unrotated[:, :, None]), axis=2)
