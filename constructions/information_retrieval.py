"""Information retrieval: a bare symbol is the query for the pair that carries it (f_SYM)."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from flint import arb
from jaxtyping import Int

from constructions.attention import HeadWeights, Layer
from constructions.construction import Construction, require_length, require_sizes, turned_units
from constructions.pairs import letter_angle
from constructions.temperature import log_beta
from theory.angle import Angle
from theory.engines import bisection, diophantine


@dataclass(frozen=True)
class InformationRetrieval(Construction):
    """A bare symbol returns the earlier (symbol, integer) pair that carries it.

    One NoPE plane (urrutia2025decoupling): with ``ω = 2π/symbols``, symbols that differ by
    ``k`` score ``cos(k ω)`` at any distance; a bare symbol has the key 0. A position is valid if
    it holds a bare symbol that at least one earlier pair carries, and these are all the same
    pair. Hard attention is right on valid inputs of every length.

    Attributes:
        symbols: ids ``0 … symbols - 1`` are the bare symbols.
        integers: the pair (x, i) has the id ``symbols + x * integers + i``.

    Raises:
        Refusal: if there are no two symbols, or no integer.
    """

    bounded_by: ClassVar[tuple[str, ...]] = (
        "symbolic_of_nope",
        "information_retrieval_gap_eq_of_letters",
    )

    symbols: int
    integers: int

    def __post_init__(self) -> None:
        require_sizes(symbols=self.symbols, integers=self.integers)

    @property
    def vocabulary(self) -> int:
        """The number of bare symbols and pairs."""
        return self.symbols * (1 + self.integers)

    @cached_property
    def layer(self) -> Layer:
        """One head without a residual, whose value and output matrices are the identity."""
        bare = np.arange(self.symbols)
        carried = np.concatenate([bare, np.repeat(bare, self.integers)])
        codes = turned_units(letter_angle(self.symbols), carried)
        is_pair = np.arange(self.vocabulary) >= self.symbols
        head = HeadWeights(
            angles=np.zeros(1),
            query=codes,
            key=codes * is_pair[:, None],
            value=np.eye(self.vocabulary),
            output=np.eye(self.vocabulary),
        )
        return Layer(heads=(head,), residual=False)

    @classmethod
    def for_length(cls, length: int) -> "InformationRetrieval":
        """Returns 8 symbols and 8 integers, at any length."""
        require_length(cls.name(), length, 2)
        return cls(symbols=8, integers=8)

    def certified_beta(self, length: int) -> arb:
        """Returns the exact β against rivals that are all one pair, or all the query's symbol.

        The query itself is a rival too. With two symbols at least, pairs of a neighbour trail by
        ``1 - cos ω``, bare symbols by 1.
        """
        return arb.max(*self._betas(length))

    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns the symbol 0 as query, its only pair first, and copies of one rival between."""
        pairs, bare = self._betas(length)
        rival = self.symbols + self.integers if pairs > bare else 0
        tokens = np.full(length, rival)
        tokens[0], tokens[-1] = self.symbols, 0
        return tokens

    def _betas(self, length: int) -> tuple[arb, arb]:
        """Returns the critical β against neighbouring pairs, and that against bare symbols."""
        require_length(self.name(), length, 2)
        omega = Angle.parse(f"2pi/{self.symbols}")
        lead = diophantine.gap_at(omega, 1, bisection.BITS)
        # A lone symbol has no neighbour.
        pairs = log_beta(length - 2, lead) if self.symbols > 1 else arb(0)
        return pairs, log_beta(length - 1, arb(1))
