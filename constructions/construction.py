"""Defines a hand-set network: a one-hot embedding, layers of real weights, an argmax."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from flint import arb
from jaxtyping import Float, Int, Num

from constructions.attention import Layer, rotate
from constructions.stack import Block, rows, states
from theory.refusal import Refusal


@dataclass(frozen=True)
class Network(ABC):
    """Hand-set weights that compute a sequence function (urrutia2026heads).

    A subclass is a frozen dataclass of vocabulary sizes and angles, alone in its module.

    Attributes:
        bounded_by: names of the ledger sentences that bound the construction; empty if it is
            right at every length and every temperature.
    """

    bounded_by: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def vocabulary(self) -> int:
        """The number of token ids, which are ``0 … vocabulary - 1``."""

    @property
    @abstractmethod
    def blocks(self) -> tuple[Block, ...]:
        """The weights, first block to last."""

    @classmethod
    @abstractmethod
    def for_length(cls, length: int) -> "Network":
        """Returns a network that is right on every valid input of up to ``length`` tokens.

        Raises:
            Refusal: no valid input has that length.
        """

    @abstractmethod
    def certified_beta(self, length: int) -> arb:
        """Returns the inverse temperature above which it is right on all valid inputs of a length.

        Args:
            length: tokens per input.

        Returns:
            A ball; exactly 0 if every β > 0 is right, +∞ if none is.

        Raises:
            Refusal: no valid input has that length.
        """

    def failing_beta(self, length: int) -> arb:
        """Returns the inverse temperature below which it is wrong on ``hardest_input(length)``.

        By default it is the certified one, which is then exact. It must not exceed the certified
        one. Arguments and refusals are those of ``certified_beta``.
        """
        return self.certified_beta(length)

    @abstractmethod
    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns the valid input whose last position needs the largest inverse temperature.

        Raises:
            Refusal: no valid input has that length.
        """

    @classmethod
    def name(cls) -> str:
        """Returns the name of the construction, which is the name of its module."""
        return cls.__module__.rpartition(".")[2]

    @property
    def angles(self) -> Float[np.ndarray, " planes"]:
        """The angles of all planes of all heads, in radians per position."""
        return np.concatenate([h.angles for block in self.blocks for h in block.layer.heads])

    @property
    def embedding(self) -> Float[np.ndarray, "vocabulary width"]:
        """One-hot rows, padded with zeros to the width of the network."""
        width = self.blocks[0].layer.heads[0].query.shape[0]
        return np.eye(self.vocabulary, width)

    @property
    def embedding_of_previous(self) -> Float[np.ndarray, "vocabulary width"] | None:
        """What each token adds to the row after its own, or ``None``."""
        return None

    def embed(
        self, tokens: Int[np.ndarray, "*inputs positions"]
    ) -> Float[np.ndarray, "*inputs positions width"]:
        """Returns the rows of the embedding, one per position.

        Args:
            tokens: one id per position of each input.

        Raises:
            Refusal: a token id is outside the vocabulary.
        """
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < self.vocabulary:
            raise Refusal(
                f"The tokens of {self.name()} run from {tokens.min()} to {tokens.max()}: "
                f"give ids between 0 and {self.vocabulary - 1}."
            )
        return rows(tokens, self.embedding, self.embedding_of_previous)

    def decode(
        self, output: Float[np.ndarray, "*inputs positions width"]
    ) -> Int[np.ndarray, "*inputs positions"]:
        """Returns the token with the largest coordinate, the smallest id of equal ones."""
        return np.asarray(output[..., : self.vocabulary].argmax(axis=-1))

    def run(
        self, tokens: Int[np.ndarray, "*inputs positions"], beta: float = math.inf
    ) -> Int[np.ndarray, "*inputs positions"]:
        """Returns the output token at every position of one input or of many.

        It is meaningful only where the sequence function is defined, as each construction states.

        Args:
            tokens: one id per position of each input, at least one position.
            beta: inverse temperature; ``math.inf`` is hard attention.

        Raises:
            Refusal: there is no token, a token is outside the vocabulary, or ``beta`` is not
            positive.
        """
        return self.decode(states(self.blocks, self.embed(tokens), beta)[-1])


class Construction(Network):
    """A network of one layer.

    The width of the layer is the vocabulary. The published embeddings append a constant 1
    where a query or key must not depend on the token; here such a matrix has equal rows, which
    is the same linear map because the entries of a one-hot row sum to 1.
    """

    @property
    @abstractmethod
    def layer(self) -> Layer:
        """The weights."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The layer alone."""
        return (Block(self.layer),)


def turned_units(
    angle: float, turns: Num[np.ndarray, " tokens"]
) -> Float[np.ndarray, "tokens channels"]:
    """Returns a query or key matrix of one plane: (1, 0) turned by ``turns[r] * angle`` in row r.

    Args:
        angle: radians per turn, counter-clockwise.
        turns: one number per token.
    """
    units = np.tile([1.0, 0.0], (turns.size, 1))
    return rotate(units, np.array([angle]), turns)


def orthogonal_units(
    symbols: Int[np.ndarray, " tokens"], number: int
) -> Float[np.ndarray, "tokens channels"]:
    """Returns a query or key matrix of NoPE planes: equal symbols have the product 1, others 0.

    Args:
        symbols: one for each token, below ``number``.
        number: number of symbols; two share a plane.
    """
    return np.take(np.eye(number, number + number % 2), symbols, axis=0)


def require_sizes(**sizes: int) -> None:
    """Refuse a vocabulary or a stack with an empty part.

    Raises:
        Refusal: a size is below 1.
    """
    for name, size in sizes.items():
        if size < 1:
            raise Refusal(f"The construction has {size} {name}: give at least 1.")


def require_length(construction: str, length: int, least: int) -> None:
    """Refuse a length at which a valid input has no rival.

    Raises:
        Refusal: the length is below ``least``.
    """
    if length < least:
        raise Refusal(
            f"A valid input of {construction} with {length} tokens has no rival: "
            f"give a length of at least {least}."
        )
