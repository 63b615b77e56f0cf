"""Induction in one layer, with keys smeared over two positions (olsson2022induction)."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from flint import arb
from jaxtyping import Float, Int

from constructions.attention import HeadWeights, Layer
from constructions.construction import Construction, orthogonal_units, require_length
from constructions.induction import require_three
from constructions.temperature import log_beta
from theory.refusal import Refusal


@dataclass(frozen=True)
class SmearedKey(Construction):
    """``[A] [B] … [A]`` gives ``[B]`` by keys ``share * k_j + (1 - share) * k_{j-1}``.

    The smear is done to what the keys are made of, which is the same, as keys are linear: each
    row holds the token and, beside it, the mixture of the token and the one before it. The keys
    read the mixture, in NoPE planes with orthogonal codes. So what followed an earlier
    occurrence scores ``1 - share``, the symbol itself ``share``, everything else 0. A position is
    valid if its symbol has occurred before and was always followed by the same.

    A plain head of one layer cannot do it (``plain_head_pos_of_three_inputs``); by
    sanford2024onelayer it takes size, heads and bits of order h·m·p = Ω(n) in one layer.

    Attributes:
        symbols: ids ``0 … symbols - 1``.
        share: of the position's own key, from 0 to below 1/2.

    Raises:
        Refusal: if there are fewer than three symbols, or the share is out of range.
    """

    bounded_by: ClassVar[tuple[str, ...]] = ("plain_head_pos_of_three_inputs", "weight_ge_of_floor")

    symbols: int
    share: float

    def __post_init__(self) -> None:
        require_three(self.symbols)
        if not 0 <= self.share < 0.5:
            raise Refusal(
                f"The share of the position's own key is {self.share}: "
                "give a number from 0 to below 1/2, or a symbol finds itself."
            )

    @property
    def vocabulary(self) -> int:
        """The number of symbols."""
        return self.symbols

    @property
    def embedding(self) -> Float[np.ndarray, "vocabulary width"]:
        """One-hot rows, and beside them the share of the position's own key."""
        return np.hstack([np.eye(self.symbols), self.share * np.eye(self.symbols)])

    @property
    def embedding_of_previous(self) -> Float[np.ndarray, "vocabulary width"]:
        """The share of the previous key in the smeared key."""
        return np.eye(self.symbols, 2 * self.symbols, self.symbols) * (1 - self.share)

    @cached_property
    def layer(self) -> Layer:
        """One head without a residual, of which only the keys read the mixture."""
        codes = orthogonal_units(np.arange(self.symbols), self.symbols)
        symbol, none = np.eye(self.symbols), np.zeros_like(codes)
        current = np.vstack([symbol, np.zeros_like(symbol)])
        head = HeadWeights(
            angles=np.zeros(codes.shape[1] // 2),
            query=np.vstack([codes, none]),
            key=np.vstack([none, codes]),
            value=current,
            output=current.T,
        )
        return Layer(heads=(head,), residual=False)

    @classmethod
    def for_length(cls, length: int) -> "SmearedKey":
        """Returns 16 symbols and a share of 1/4, at any length."""
        require_length(cls.name(), length, 3)
        return cls(symbols=16, share=0.25)

    def certified_beta(self, length: int) -> arb:
        """Returns the exact β against copies of another symbol, and of the symbol's own."""
        return arb.max(*self._betas(length))

    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns 0 once followed by 2, then copies of 1, then 0 again."""
        require_length(self.name(), length, 3)
        return np.array([0, 2, *([1] * (length - 3)), 0])

    def _betas(self, length: int) -> tuple[arb, arb]:
        require_length(self.name(), length, 3)
        share = arb(self.share)
        return log_beta(length - 3, 1 - share), log_beta(2, 1 - 2 * share)
