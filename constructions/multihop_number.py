"""The number task: integers jump back, hop by hop, until a letter is reached (urrutia2026heads)."""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import numpy as np
from flint import arb
from jaxtyping import Float, Int

from constructions.attention import HeadWeights, Layer
from constructions.construction import Network, require_length, require_sizes, turned_units
from constructions.snap import Snap
from constructions.stack import Block
from constructions.temperature import THREE_QUARTERS, critical_beta, hardest_jump
from theory.angle import Angle
from theory.engines import diophantine


@dataclass(frozen=True)
class MultihopNumber(Network):
    """``f_NUM``: Index applied ``layers`` times, each time snapped back to one-hot rows.

    A step replaces an integer ``i`` by the letter ``i`` back, if there is a letter, and changes
    nothing else; a chain of h hops has arrived after h steps, and further layers pass it on. A
    position is valid if no integer on its chain is larger than its position.

    As in ``index``, the logit at distance ``t`` is ``cos((t - i) * angle)``, ``i = 0`` for a
    letter. A letter attended adds itself to the residual; the snap then makes every letter
    coordinate a bit and clears the integer once a letter has arrived. While each target keeps
    3/4 of the weight, every state is exactly one-hot, so nothing accumulates with depth.

    Attributes:
        letters: ids ``0 … letters - 1``.
        integers: ids ``letters … letters + integers - 1`` are the integers ``0, 1, …``.
        layers: how many hops are followed.
        angle: radians per position.

    Raises:
        Refusal: if a size is below 1; on first use of the blocks, if the angle is not finite.
    """

    bounded_by: ClassVar[tuple[str, ...]] = (
        "snap_gap_eq_one_of_quarters",
        "layers_gap_eq_one_of_weight",
        "index_gap_le_of_reach",
    )

    letters: int
    integers: int
    layers: int
    angle: float

    def __post_init__(self) -> None:
        require_sizes(letters=self.letters, integers=self.integers, layers=self.layers)

    @property
    def vocabulary(self) -> int:
        """The number of letters and integers."""
        return self.letters + self.integers

    @property
    def embedding(self) -> Float[np.ndarray, "vocabulary width"]:
        """One-hot rows and a last coordinate of 1, from which all keys are made.

        A key made of the token would shrink where an invalid integer left a state that is not
        one-hot.
        """
        return np.hstack([np.eye(self.vocabulary), np.ones((self.vocabulary, 1))])

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The same layer and snap ``layers`` times."""
        width = self.vocabulary + 1
        ids = np.arange(width)
        is_letter = ids < self.letters
        is_constant = ids == self.vocabulary
        jump = np.maximum(ids - self.letters, 0)
        head = HeadWeights(
            angles=np.array([self.angle]),
            query=turned_units(self.angle, -jump) * ~is_constant[:, None],
            key=turned_units(0.0, jump) * is_constant[:, None],
            value=np.diag(is_letter.astype(float)),
            output=np.eye(width),
        )
        is_integer = ~(is_letter | is_constant)
        snap = Snap(
            read=np.eye(width) - np.outer(is_letter, is_integer),
            offset=np.zeros(width),
            write=np.eye(width),
        )
        return (Block(Layer(heads=(head,), residual=True), snap),) * self.layers

    @classmethod
    def for_length(cls, length: int) -> "MultihopNumber":
        """Returns 8 letters, up to 16 integers, 4 layers and the sharpest angle, ``2π/length``."""
        require_length(cls.name(), length, 2)
        return cls(letters=8, integers=min(16, length), layers=4, angle=2 * math.pi / length)

    def certified_beta(self, length: int) -> arb:
        """Returns the exact β from which all states are one-hot: a target has 3/4 of the weight."""
        require_length(self.name(), length, 2)
        jumps = range(min(self.integers, length))
        return hardest_jump(Angle.of_radians(self.angle), length, jumps, THREE_QUARTERS)[0]

    def failing_beta(self, length: int) -> arb:
        """Returns the β below which rivals outweigh the target of one hop.

        Between it and the certified β, the depth decides.
        """
        angle, jump = Angle.of_radians(self.angle), self._jump(length)
        # The query itself is no rival: it holds no letter.
        rivals = [abs(t - jump) for t in range(1, length) if t != jump]
        return critical_beta(
            lambda bits: [diophantine.gap_at(angle, u, bits) for u in rivals], Fraction(1)
        )

    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns a last token that jumps half way back, to the only letter 1 among letters 0.

        If further layers saturate both letters, the tie goes to the wrong one.
        """
        jump = self._jump(length)
        tokens = np.zeros(length, dtype=np.int64)
        tokens[-1 - jump] = min(1, self.letters - 1)
        tokens[-1] = self.letters + jump
        return tokens

    def _jump(self, length: int) -> int:
        require_length(self.name(), length, 2)
        return min(self.integers - 1, length // 2)
