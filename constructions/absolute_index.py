"""Absolute index: the last token names a position and its token is returned (f_POS)."""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import numpy as np
from flint import arb
from jaxtyping import Int

from constructions.attention import HeadWeights, Layer
from constructions.construction import Construction, require_length, require_sizes, turned_units
from constructions.temperature import hardest_jump
from theory.angle import Angle
from theory.refusal import Refusal


@dataclass(frozen=True)
class AbsoluteIndex(Construction):
    """``out = s_i`` at the last of exactly ``length`` tokens, if it is the integer ``i``.

    One positional plane (urrutia2025decoupling): every key is ``v``, the query of ``i`` is
    ``ρ(angle)^{i - (length - 1)} v``, so the logit of position ``p`` is ``cos((p - i) * angle)``,
    positions counted from 0. The output is the attention vector. Only the last position of an
    input of that one length is valid: a query of an absolute position must know its own position.
    ``angle = π/length`` is the published choice.

    Attributes:
        letters: ids ``0 … letters - 1``.
        length: tokens of an input; ids ``letters … letters + length - 2`` are the integers
            ``0 … length - 2``.
        angle: radians per position.

    Raises:
        Refusal: if there is no letter, or no position before the last; on first use of the
            layer, if the angle is not finite.
    """

    bounded_by: ClassVar[tuple[str, ...]] = ("absolute_index_gap_eq_of_length",)

    letters: int
    length: int
    angle: float

    def __post_init__(self) -> None:
        require_sizes(letters=self.letters)
        require_length(self.name(), self.length, 2)

    @property
    def vocabulary(self) -> int:
        """The number of letters and of positions before the last."""
        return self.letters + self.length - 1

    @cached_property
    def layer(self) -> Layer:
        """One head without a residual, whose value and output matrices are the identity."""
        # A letter is not a query: its row is that of the integer 0.
        position = np.maximum(np.arange(self.vocabulary) - self.letters, 0)
        head = HeadWeights(
            angles=np.array([self.angle]),
            query=turned_units(self.angle, position - (self.length - 1)),
            key=turned_units(self.angle, np.zeros_like(position)),
            value=np.eye(self.vocabulary),
            output=np.eye(self.vocabulary),
        )
        return Layer(heads=(head,), residual=False)

    @classmethod
    def for_length(cls, length: int) -> "AbsoluteIndex":
        """Returns 8 letters at the published angle, ``π/length``."""
        require_length(cls.name(), length, 2)
        return cls(letters=8, length=length, angle=math.pi / length)

    def certified_beta(self, length: int) -> arb:
        """Returns the exact β: below it, copies of the query's integer outweigh the target."""
        return self._hardest_jump(length)[0]

    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns letter 0 where the last token points, and that token's own integer elsewhere."""
        _, jump = self._hardest_jump(length)
        tokens = np.full(length, self.letters + length - 1 - jump)
        tokens[-1 - jump] = 0
        return tokens

    def _hardest_jump(self, length: int) -> tuple[arb, int]:
        if length != self.length:
            raise Refusal(
                f"This absolute_index knows only inputs of {self.length} tokens, not of {length}: "
                "build one for that length."
            )
        angle = Angle.of_radians(self.angle)
        return hardest_jump(angle, length, range(1, length), Fraction(1))
