"""Relative index: an integer jumps back by its value (urrutia2026heads, App. B)."""

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


@dataclass(frozen=True)
class Index(Construction):
    """One positional plane: ``out_j = s_{j-i}`` if ``s_j`` is the integer ``i``.

    If ``s_{j-i}`` is not a letter, or ``s_j`` is a letter, then ``out_j = s_j``. A position is
    valid unless it holds an integer larger than the position.

    A query for the integer ``i`` is ``ρ(angle)^{-i} v`` (``i = 0`` for a letter), every key is
    ``v``, so the logit at distance ``t`` is ``cos((t - i) * angle)``. A letter that is attended
    adds 2 to its own coordinate, and the residual adds 1 to that of the query token: an attended
    letter wins, and without one the query token stays. ``angle = 2π/n`` is right up to length
    ``n`` with hard attention.

    Attributes:
        letters: ids ``0 … letters - 1``.
        integers: ids ``letters … letters + integers - 1`` are the integers ``0, 1, …``.
        angle: radians per position.

    Raises:
        Refusal: if a size is below 1; on first use of the layer, if the angle is not finite.
    """

    bounded_by: ClassVar[tuple[str, ...]] = ("index_gap_le_of_reach",)

    letters: int
    integers: int
    angle: float

    def __post_init__(self) -> None:
        require_sizes(letters=self.letters, integers=self.integers)

    @property
    def vocabulary(self) -> int:
        """The number of letters and integers."""
        return self.letters + self.integers

    @cached_property
    def layer(self) -> Layer:
        """One head with a residual, whose value matrix doubles letters and drops integers."""
        ids = np.arange(self.vocabulary)
        jump = np.maximum(ids - self.letters, 0)
        head = HeadWeights(
            angles=np.array([self.angle]),
            query=turned_units(self.angle, -jump),
            key=turned_units(self.angle, np.zeros_like(ids)),
            value=np.diag(np.where(ids < self.letters, 2.0, 0.0)),
            output=np.eye(self.vocabulary),
        )
        return Layer(heads=(head,), residual=True)

    @classmethod
    def for_length(cls, length: int) -> "Index":
        """Returns 8 letters, up to 16 integers, and the sharpest angle, ``2π/length``."""
        require_length(cls.name(), length, 2)
        return cls(letters=8, integers=min(16, length), angle=2 * math.pi / length)

    def certified_beta(self, length: int) -> arb:
        """Returns the exact β above which an integer's target outweighs its rivals.

        Letters need less. It is exact for at least two letters: one alone cannot be mistaken for
        another.
        """
        return self._hardest_jump(length)[0]

    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns an input whose last token jumps back to the only letter 0 among letters 1."""
        _, jump = self._hardest_jump(length)
        tokens = np.ones(length, dtype=np.int64)
        tokens[-1 - jump] = 0
        tokens[-1] = self.letters + jump
        return tokens

    def _hardest_jump(self, length: int) -> tuple[arb, int]:
        require_length(self.name(), length, 2)
        jumps = range(min(self.integers, length))
        return hardest_jump(Angle.of_radians(self.angle), length, jumps, Fraction(1))
