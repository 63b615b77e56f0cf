"""Computes the logits of every content of an input at every position, for one query of one head.

``a[k, j]`` is the logit that content ``k`` would receive at position ``j``; the diagonal holds the
logits of the input itself. All scores of a head are functions of this matrix. The matrix is ours;
the behaviours that it separates are those of urrutia2025decoupling.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex128, Float64, Int

from empirical.heads.canonical import Head
from theory.refusal import Refusal


@dataclass(frozen=True, eq=False)
class ContentPositionLogits:
    """Queries of one head that see equally many positions, the last of which is the query's.

    A *component* is one plane, taken as a head of two dimensions. All unrotated channels together
    are one more component, of angle 0. Before a soft-cap, the head's logit is the sum over its
    components.

    Attributes:
        amplitudes: ``A_f`` of each key and plane; the real part of ``A_f`` times its turn is the
            plane's logit.
        turns: ``e^{iθ_f(i−j)}`` of each plane and position ``j``; ``i`` is the query's position.
        unrotated: logit of the unrotated channels on each key, the same at every position.
        softcap: bound of the modulus of the head's logits; components have none.
    """

    amplitudes: Complex128[np.ndarray, "queries keys planes"]
    turns: Complex128[np.ndarray, "planes keys"]
    unrotated: Float64[np.ndarray, "queries keys"] | None
    softcap: float | None = None

    @classmethod
    def of(cls, head: Head, contents: Int[np.ndarray, "queries keys"]) -> "ContentPositionLogits":
        """Returns the queries at the last position of some inputs.

        Args:
            head: a head on a finite set of contents.
            contents: the contents at positions 0, 1, … of each query's input; the last is the
                query's own.

        Raises:
            Refusal: the window of the head is shorter than the inputs.
        """
        if head.window is not None and contents.shape[1] > head.window:
            raise Refusal(
                f"a head with a window of {head.window} positions does not see "
                f"{contents.shape[1]}: give the last {head.window}"
            )
        own = contents[:, -1:]
        distances = np.arange(contents.shape[1])[::-1]
        factor = head.scale * head.attention_factor**2
        return cls(
            amplitudes=factor * head.queries[own] * head.keys[contents].conj(),
            turns=np.exp(1j * np.multiply.outer(head.angles, distances)),
            unrotated=(
                head.scale * (head.query_rest[own] * head.key_rest[contents]).sum(axis=-1)
                if head.query_rest.shape[1]
                else None
            ),
            softcap=head.softcap,
        )

    def matrices(self) -> Float64[np.ndarray, "queries contents positions"]:
        """Returns ``a[k, j]`` of each query; the query's own content is last in both axes."""
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
        """Yields ``a[k, j]`` of each component alone."""
        for plane, turn in enumerate(self.turns):
            amplitude = self.amplitudes[:, :, plane, None]
            yield amplitude.real * turn.real - amplitude.imag * turn.imag
        if self.unrotated is not None:
            yield np.repeat(self.unrotated[:, :, None], self.unrotated.shape[1], axis=2)

    def observed(self) -> Float64[np.ndarray, "queries keys components"]:
        """Returns the logit of each component on each key at the key's own position."""
        turned: Float64[np.ndarray, "queries keys components"] = (
            self.amplitudes.real * self.turns.T.real - self.amplitudes.imag * self.turns.T.imag
        )
        if self.unrotated is None:
            return turned
        return np.concatenate((turned, self.unrotated[:, :, None]), axis=2)
