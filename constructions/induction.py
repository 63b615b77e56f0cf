"""Induction: two layers that find what followed the current symbol before (olsson2022induction)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from typing import ClassVar

import numpy as np
from flint import arb
from jaxtyping import Int

from constructions.attention import HeadWeights, Layer
from constructions.construction import (
    Network,
    orthogonal_units,
    require_length,
    require_sizes,
    turned_units,
)
from constructions.last_occurrence import hardest_last_occurrence, last_occurrence_beta
from constructions.snap import Snap
from constructions.stack import Block
from constructions.temperature import THREE_QUARTERS, critical_beta, jump_beta, log_beta
from theory.angle import Angle
from theory.engines import diophantine
from theory.refusal import Refusal


@dataclass(frozen=True)
class Induction(Network):
    """``[A] [B] … [A]`` gives ``[B]``: match each previous symbol with the current one, and copy.

    The first layer writes the previous symbol beside the current one, through one positional
    plane, and a snap makes it exact. The second layer matches it in NoPE planes: a match scores
    1, everything else 0. With ``recency = 0`` the output is the average over all earlier
    occurrences of what followed them; with a slow plane, which adds ``cos(t * recency)``, hard
    attention takes the last occurrence alone.

    An input starts with the start token and holds it nowhere else. A position after it is valid
    if its symbol has occurred before and, with ``recency = 0``, was always followed by the same.

    Attributes:
        symbols: ids ``0 … symbols - 1``; the id ``symbols`` is the start token.
        angle: radians per position of the plane of the first layer.
        gain: what the logits of the first layer are multiplied by.
        recency: radians per position of the slow plane of the second layer.

    Raises:
        Refusal: if there are fewer than three symbols, the gain is not positive, or the slow
            angle not between 0 and π; on first use of the blocks, if a number is not finite.
    """

    bounded_by: ClassVar[tuple[str, ...]] = (
        "index_gap_le_of_reach",
        "snap_gap_eq_one_of_quarters",
        "weight_ge_of_floor",
    )

    symbols: int
    angle: float
    gain: float
    recency: float = 0.0

    def __post_init__(self) -> None:
        require_three(self.symbols)
        if not self.gain > 0 or not 0 <= self.recency <= math.pi:
            raise Refusal(
                f"Induction has the gain {self.gain} and the slow angle {self.recency}: "
                "give a positive gain, and radians from 0 to π."
            )

    @property
    def vocabulary(self) -> int:
        """The number of symbols and the start token."""
        return self.symbols + 1

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Previous token with a snap, then match and copy; the previous symbol is second."""
        size = self.vocabulary
        symbol, nothing = np.eye(size), np.zeros((size, size))
        current, previous = np.vstack([symbol, nothing]), np.vstack([nothing, symbol])
        every = np.ones(size)
        shift = HeadWeights(
            angles=np.array([self.angle]),
            query=current @ turned_units(self.angle, -every) * self.gain,
            key=current @ turned_units(0.0, every),
            value=current,
            output=previous.T,
        )
        codes, still = orthogonal_units(np.arange(size), size), turned_units(0.0, every)
        match = HeadWeights(
            angles=np.array([0.0] * (codes.shape[1] // 2) + [self.recency]),
            query=np.hstack([current @ codes, current @ still]),
            key=np.hstack([previous @ codes, current @ still]),
            value=current,
            output=current.T,
        )
        snap = Snap(read=np.eye(2 * size), offset=np.zeros(2 * size), write=np.eye(2 * size))
        return (
            Block(Layer(heads=(shift,), residual=True), snap),
            Block(Layer(heads=(match,), residual=False)),
        )

    @classmethod
    def for_length(cls, length: int) -> "Induction":
        """Returns 16 symbols, the average, and a gain so that the second layer sets the price."""
        require_length(cls.name(), length, 4)
        angle = 2 * math.pi / length
        first = jump_beta(Angle.of_radians(angle), length, 1, THREE_QUARTERS)
        return cls(16, angle, gain=2 * float(first.mid()) / math.log(max(2, length - 4)))

    def certified_beta(self, length: int) -> arb:
        """Returns the β above which the first layer is exact and the second right.

        The second is exact too: for the average ``log max(2, length - 4)``, the follower against
        copies of another symbol, or against the two occurrences of its own; for the last
        occurrence see :mod:`constructions.last_occurrence`.
        """
        return arb.max(*self._betas(length))

    def failing_beta(self, length: int) -> arb:
        """Returns the β at which the second layer becomes right.

        It is exact where the second layer sets the price. For the average, logits of the second
        layer lie between 0 and 1 whatever the first layer does, so the network is wrong at every
        lower β. For the last occurrence that holds at those β at which the first layer is exact;
        where there are none the bound is 0.
        """
        first, second = self._betas(length)
        return second if second > first or self.recency == 0 else arb(0)

    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns for the average: the start, 0 once followed by 2, copies of 1, then 0 again.

        For the last occurrence see :mod:`constructions.last_occurrence`.
        """
        _, second = self._betas(length)
        tokens = [0, 2, *([1] * (length - 4)), 0]
        if self.recency > 0:
            slow = Angle.of_radians(self.recency)
            tokens = hardest_last_occurrence(slow, length, second)
        return np.array([self.symbols, *tokens])

    def beta_for_weight(self, length: int, weight: Fraction) -> arb:
        """Returns the β from which followers of earlier occurrences have ``weight`` on every input.

        The weight is that of all followers together; with a slow plane, that of the last occurrence
        alone. The bound is attained where the first layer is exact at a lower β; it is +∞ if the
        slow plane is too fast.

        Args:
            length: tokens per input.
            weight: between 0 and 1, both excluded.

        Raises:
            Refusal: no valid input has that length, or the weight is out of range.
        """
        return arb.max(self._betas(length)[0], self._second(length, weight))

    def _betas(self, length: int) -> tuple[arb, arb]:
        """Returns the β above which the first layer is exact, and that for the second."""
        require_length(self.name(), length, 4)
        first = jump_beta(Angle.of_radians(self.angle), length, 1, THREE_QUARTERS) / arb(self.gain)
        if self.recency > 0:
            return first, last_occurrence_beta(Angle.of_radians(self.recency), length)
        return first, log_beta(max(2, length - 4), arb(1))

    def _second(self, length: int, weight: Fraction) -> arb:
        if not 0 < weight < 1:
            raise Refusal(f"The weight {weight} is out of range: give one between 0 and 1.")
        allowance = 1 / weight - 1
        if self.recency == 0:
            return log_beta(length - 1, arb(1), allowance)
        slow = Angle.of_radians(self.recency)

        def leads(distance: int) -> Callable[[int], list[arb]]:
            """Nearer rivals have another symbol; farther ones match, except the first two."""
            return lambda bits: [
                diophantine.gap_at(slow, t, bits)
                - diophantine.gap_at(slow, distance, bits)
                + (not distance < t < length - 2)
                for t in range(length)
                if t != distance
            ]

        return reduce(arb.max, (critical_beta(leads(s), allowance) for s in range(length - 2)))


def require_three(symbols: int) -> None:
    """Refuse a vocabulary without a symbol, a follower and a rival.

    Raises:
        Refusal: there are fewer than three symbols.
    """
    require_sizes(symbols=symbols)
    if symbols < 3:
        raise Refusal(f"Induction over {symbols} symbols has no rival: give at least 3.")
