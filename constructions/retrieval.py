"""Retrieval: a pair is followed to the pair that its second letter names (urrutia2026heads)."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from constructions.attention import Head, Layer
from constructions.construction import Construction, require_sizes, turned_units


@dataclass(frozen=True)
class Retrieval(Construction):
    """One symbolic plane, turned slowly: find the pair whose first letter is the one sought.

    A (letter, letter) token seeks its second letter, a (letter, digit) token its own first
    letter; the match is the earlier or same token that has it first. A position is valid if it
    has a match and all its matches are the same token (the input is *proper* there).

    With ``ω = 2π/letters`` the query is ``v`` turned by ``-ω`` times the letter sought, the key
    ``v`` turned by ``-ω`` times the first letter, so the logit at distance ``t`` and letter
    difference ``k`` is ``cos(k ω + t * angle)``. The output is the attention vector itself. For
    ``0 <= angle <= π`` hard attention is right on every valid input of length ``n >= 2`` exactly
    if ``(2n - 3) * angle < ω``.

    Attributes:
        letters: the token (x, y) has the id ``x * letters + y``.
        digits: the token (x, d) has the id ``letters² + x * digits + d``.
        angle: radians per position.

    Raises:
        Refusal: if a size is below 1; on first use of the layer, if the angle is not finite.
    """

    bounded_by: ClassVar[tuple[str, ...]] = ("retrieval_floor_eq_of_length",)

    letters: int
    digits: int
    angle: float

    def __post_init__(self) -> None:
        require_sizes(letters=self.letters, digits=self.digits)

    @property
    def vocabulary(self) -> int:
        """Pairs of letters, then a letter with a digit."""
        return self.letters * (self.letters + self.digits)

    @cached_property
    def layer(self) -> Layer:
        """One head without a residual; value and output matrices are the identity."""
        pair_first, pair_second = np.divmod(np.arange(self.letters**2), self.letters)
        digit_first = np.repeat(np.arange(self.letters), self.digits)
        first = np.concatenate([pair_first, digit_first])
        sought = np.concatenate([pair_second, digit_first])
        letter_angle = 2 * math.pi / self.letters
        head = Head(
            angles=np.array([self.angle]),
            query=turned_units(letter_angle, -sought),
            key=turned_units(letter_angle, -first),
            value=np.eye(self.vocabulary),
            output=np.eye(self.vocabulary),
        )
        return Layer(heads=(head,), residual=False)
