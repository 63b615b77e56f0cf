"""What every construction is: a one-hot embedding, one layer of real weights, an argmax."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int, Num

from constructions.attention import Layer, attend, rotate
from theory.refusal import Refusal


@dataclass(frozen=True)
class Construction(ABC):
    """Hand-set weights that compute a sequence function (urrutia2026heads).

    A subclass is a frozen dataclass of vocabulary sizes and angles, alone in its module.

    The width of the layer is the vocabulary. The published embeddings append a constant 1
    where a query or key must not depend on the token; here such a matrix has equal rows, which
    is the same linear map because the entries of a one-hot row sum to 1.

    Attributes:
        bounded_by: names of the ledger sentences that bound the construction; empty if it is
            right at every length and every temperature.
    """

    bounded_by: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def vocabulary(self) -> int:
        """The number of token ids; they are ``0 … vocabulary - 1``."""

    @property
    @abstractmethod
    def layer(self) -> Layer:
        """The weights."""

    @classmethod
    def name(cls) -> str:
        """The name of the construction, which is the name of its module."""
        return cls.__module__.rpartition(".")[2]

    @property
    def angles(self) -> Float[np.ndarray, " planes"]:
        """The angles of all planes of all heads, in radians per position."""
        return np.concatenate([head.angles for head in self.layer.heads])

    def embed(
        self, tokens: Int[np.ndarray, " positions"]
    ) -> Float[np.ndarray, "positions vocabulary"]:
        """One-hot rows, one for each position.

        Raises:
            Refusal: if a token id is outside the vocabulary.
        """
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < self.vocabulary:
            raise Refusal(
                f"The tokens of {self.name()} run from {tokens.min()} to {tokens.max()}: "
                f"give ids between 0 and {self.vocabulary - 1}."
            )
        return np.take(np.eye(self.vocabulary), tokens, axis=0)

    def decode(
        self, output: Float[np.ndarray, "positions vocabulary"]
    ) -> Int[np.ndarray, " positions"]:
        """The token with the largest coordinate, the smallest id if several are equal."""
        return np.asarray(output.argmax(axis=-1))

    def run(
        self, tokens: Int[np.ndarray, " positions"], beta: float = math.inf
    ) -> Int[np.ndarray, " positions"]:
        """The output token at every position.

        The output counts only at positions where the sequence function is defined; which these
        are is said by each construction.

        Args:
            tokens: one id per position, at least one position.
            beta: inverse temperature; ``math.inf`` is hard attention.

        Raises:
            Refusal: if there is no token, if one is outside the vocabulary, or if ``beta`` is
                not positive.
        """
        return self.decode(attend(self.layer, self.embed(tokens), beta))


def turned_units(
    angle: float, turns: Num[np.ndarray, " tokens"]
) -> Float[np.ndarray, "tokens channels"]:
    """A query or key matrix of one plane: row ``r`` is (1, 0) turned by ``turns[r] * angle``.

    Args:
        angle: radians per turn, counter-clockwise.
        turns: one number per token.
    """
    units = np.tile([1.0, 0.0], (turns.size, 1))
    return rotate(units, np.array([angle]), turns)


def require_sizes(**sizes: int) -> None:
    """Refuse a vocabulary with an empty part.

    Raises:
        Refusal: if a size is below 1.
    """
    for name, size in sizes.items():
        if size < 1:
            raise Refusal(f"The vocabulary has {size} {name}: give at least 1.")
