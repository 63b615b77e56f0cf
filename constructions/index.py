"""Relative index: an integer jumps back by its value (urrutia2026heads, App. B)."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from constructions.attention import Head, Layer
from constructions.construction import Construction, require_sizes, turned_units


@dataclass(frozen=True)
class Index(Construction):
    """One positional plane: ``out_j = s_{j-i}`` if ``s_j`` is the integer ``i``.

    If ``s_{j-i}`` is not a letter, or ``s_j`` is a letter, then ``out_j = s_j``. A position is
    valid unless it holds an integer larger than the position.

    A query for the integer ``i`` is ``ρ(angle)^{-i} v`` (``i = 0`` for a letter), every key is
    ``v``, so the logit at distance ``t`` is ``cos((t - i) * angle)``. A letter that is attended
    adds 2 to its own coordinate, and the residual adds 1 to that of the query token: a letter
    found wins, and without one the query token stays. ``angle = 2π/n`` is right up to length
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
        """Letters, then integers."""
        return self.letters + self.integers

    @cached_property
    def layer(self) -> Layer:
        """One head with a residual; its value matrix doubles letters and drops integers."""
        ids = np.arange(self.vocabulary)
        jump = np.maximum(ids - self.letters, 0)
        head = Head(
            angles=np.array([self.angle]),
            query=turned_units(self.angle, -jump),
            key=turned_units(self.angle, np.zeros_like(ids)),
            value=np.diag(np.where(ids < self.letters, 2.0, 0.0)),
            output=np.eye(self.vocabulary),
        )
        return Layer(heads=(head,), residual=True)
