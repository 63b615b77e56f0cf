"""Previous token: every position copies the one before it, on one plane or a whole RoPE ladder."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import ClassVar

import numpy as np
from flint import arb, ctx, fmpq
from jaxtyping import Int

from constructions.attention import HeadWeights, Layer
from constructions.construction import Construction, require_length, require_sizes, turned_units
from constructions.ladder import in_radians, rope_ladder
from constructions.temperature import critical_beta
from theory.angle import Angle
from theory.engines import diophantine
from theory.refusal import Refusal


@dataclass(frozen=True)
class PreviousToken(Construction):
    """``out_j = s_{j-1}`` at every position but the first, by one positional head.

    Query and key have the norm 1, equal in all planes; the query is turned back by one position,
    so the logit at distance ``t`` is the mean over planes of ``cos((t - 1) * angle)``. The output
    is the attention vector itself.

    Attributes:
        symbols: ids ``0 … symbols - 1``.
        ladder: the angle of each plane, in radians per position.

    Raises:
        Refusal: if there is no symbol or no plane; on first use of the layer, if an angle is not
            finite.
    """

    bounded_by: ClassVar[tuple[str, ...]] = (
        "previous_token_gap_eq_of_length",
        "planes_lead_le_of_shift",
    )

    symbols: int
    ladder: tuple[float, ...]

    def __post_init__(self) -> None:
        require_sizes(symbols=self.symbols)
        if not self.ladder:
            raise Refusal("The ladder of previous_token has no plane: give at least one angle.")

    @property
    def vocabulary(self) -> int:
        """The number of symbols."""
        return self.symbols

    @cached_property
    def layer(self) -> Layer:
        """One head without a residual, whose value and output matrices are the identity."""
        share = 1 / math.sqrt(len(self.ladder))
        every = np.ones(self.symbols)
        head = HeadWeights(
            angles=np.array(self.ladder),
            query=share * np.hstack([turned_units(angle, -every) for angle in self.ladder]),
            key=share * np.hstack([turned_units(0.0, every) for _ in self.ladder]),
            value=np.eye(self.symbols),
            output=np.eye(self.symbols),
        )
        return Layer(heads=(head,), residual=False)

    @classmethod
    def for_length(cls, length: int) -> "PreviousToken":
        """Returns 16 symbols on all planes of a GPT-J head of 64 rotated channels."""
        require_length(cls.name(), length, 2)
        return cls.on_ladder(symbols=16, base=1e4, channels=64)

    @classmethod
    def on_ladder(cls, symbols: int, base: float, channels: int) -> "PreviousToken":
        """Returns the construction on all planes of a GPT-J or Llama head (su2021roformer).

        Args:
            symbols: number of token ids.
            base: of the ladder, such as 10000.
            channels: number of rotated channels, two for each plane.

        Raises:
            Refusal: no such ladder exists.
        """
        return cls(symbols, tuple(in_radians(rope_ladder(base, channels))))

    def certified_beta(self, length: int) -> arb:
        """Returns the exact β: below it, equal rivals outweigh the target."""
        return self.beta_for_weight(length, Fraction(1, 2))

    def beta_for_weight(self, length: int, weight: Fraction) -> arb:
        """Returns the least β at which the previous token has at least ``weight`` on every input.

        It is attained by every input, as the weights do not depend on the tokens.

        Args:
            length: tokens per input.
            weight: between 0 and 1, both excluded.

        Raises:
            Refusal: the length or the weight is out of range.
        """
        return previous_token_beta([*map(Angle.of_radians, self.ladder)], length, weight)

    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns one symbol 0, before the last position, among symbols 1."""
        require_length(self.name(), length, 2)
        tokens = np.full(length, min(1, self.symbols - 1))
        tokens[-2] = 0
        return tokens


def previous_token_beta(ladder: Sequence[Angle], length: int, weight: Fraction) -> arb:
    """Returns the exact β at which the last of ``length`` tokens has ``weight`` on the one before.

    Args:
        ladder: exact angles of planes with equal shares.
        length: tokens, at least 2; earlier queries have fewer rivals.
        weight: between 0 and 1, both excluded.

    Returns:
        A ball; a larger β gives more weight, unless the ball is +∞: then none gives it.

    Raises:
        Refusal: the length or the weight is out of range.
    """
    require_length(PreviousToken.name(), length, 2)
    if not 0 < weight < 1:
        raise Refusal(f"The weight {weight} is out of range: give one between 0 and 1.")

    def leads(bits: int) -> list[arb]:
        gaps = _mean_gaps(tuple(ladder), max(1, length - 2), bits)
        return [gaps[0], *gaps[: length - 2]]  # the query itself, then all before the target

    return critical_beta(leads, 1 / weight - 1)


@lru_cache(maxsize=8)
def _mean_gaps(ladder: tuple[Angle, ...], farthest: int, bits: int) -> tuple[arb, ...]:
    """The mean of ``1 - cos(u * angle)`` over the planes, at the distances u up to ``farthest``."""
    with ctx.workprec(bits):
        share = fmpq(1, len(ladder))
        sums = (
            sum((diophantine.gap_at(angle, u, bits) for angle in ladder), arb(0))
            for u in range(1, farthest + 1)
        )
        return tuple(share * total for total in sums)
