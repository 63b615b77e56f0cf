"""Reflexive: the identity, a layer that leaves its input unchanged (urrutia2026heads, App. B)."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from flint import arb
from jaxtyping import Int

from constructions.attention import HeadWeights, Layer
from constructions.construction import Construction, require_length, require_sizes, turned_units


@dataclass(frozen=True)
class Reflexive(Construction):
    """``out_j = s_j`` at every position; all positions are valid.

    The head attends uniformly (one NoPE plane, equal queries and keys) and its value matrix is
    zero, so only the residual is left: no length, angle or temperature can break it.

    Attributes:
        symbols: the number of token ids.

    Raises:
        Refusal: if there is no symbol.
    """

    bounded_by: ClassVar[tuple[str, ...]] = ()

    symbols: int

    def __post_init__(self) -> None:
        require_sizes(symbols=self.symbols)

    @property
    def vocabulary(self) -> int:
        """The number of symbols."""
        return self.symbols

    @cached_property
    def layer(self) -> Layer:
        """One head that adds nothing, and the residual."""
        units = turned_units(0.0, np.zeros(self.symbols))
        nothing = np.zeros((self.symbols, self.symbols))
        head = HeadWeights(
            angles=np.zeros(1), query=units, key=units, value=nothing, output=nothing
        )
        return Layer(heads=(head,), residual=True)

    @classmethod
    def for_length(cls, length: int) -> "Reflexive":
        """Returns 16 symbols."""
        require_length(cls.name(), length, 1)
        return cls(symbols=16)

    def certified_beta(self, length: int) -> arb:
        """Returns 0: it is right at every inverse temperature."""
        require_length(self.name(), length, 1)
        return arb(0)

    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns any input, since no input is harder than another."""
        require_length(self.name(), length, 1)
        return np.zeros(length, dtype=np.int64)
