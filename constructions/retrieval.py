"""Retrieval: a pair is followed to the pair that its second letter names (urrutia2026heads)."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from flint import arb
from jaxtyping import Int

from constructions.attention import HeadWeights, Layer
from constructions.construction import Construction, require_length, require_sizes, turned_units
from constructions.ladder import in_radians, rope_ladder
from constructions.pairs import first_and_sought, letter_angle
from theory.angle import Angle
from theory.predictors.retrieval import retrieval_critical_beta


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
        letters: first letters, and second letters of a (letter, letter) token.
        digits: labels of a (letter, digit) token; ids are those of ``pairs.first_and_sought``.
        angle: radians per position.

    Raises:
        Refusal: if a size is below 1; on first use of the layer, if the angle is not finite.
    """

    bounded_by: ClassVar[tuple[str, ...]] = ("retrieval_floor_eq_of_le_horizon",)

    letters: int
    digits: int
    angle: float

    def __post_init__(self) -> None:
        require_sizes(letters=self.letters, digits=self.digits)

    @property
    def vocabulary(self) -> int:
        """The number of pairs of letters, and of letters with a digit."""
        return self.letters * (self.letters + self.digits)

    @cached_property
    def layer(self) -> Layer:
        """One head without a residual, whose value and output matrices are the identity."""
        first, sought = first_and_sought(self.letters, self.digits)
        omega = letter_angle(self.letters)
        head = HeadWeights(
            angles=np.array([self.angle]),
            query=turned_units(omega, -sought),
            key=turned_units(omega, -first),
            value=np.eye(self.vocabulary),
            output=np.eye(self.vocabulary),
        )
        return Layer(heads=(head,), residual=False)

    @classmethod
    def for_length(cls, length: int) -> "Retrieval":
        """Returns 8 letters and 8 digits, on the fastest rung below half of ``ω/(2 * length - 3)``.

        The rungs are those of GPT-J's ladder; an angle below twice that is right at the length.
        """
        require_length(cls.name(), length, 2)
        ladder = in_radians(rope_ladder(1e4, 64))
        half_way = letter_angle(8) / (2 * (2 * length - 3))
        return cls(letters=8, digits=8, angle=next((a for a in ladder if a < half_way), 0.0))

    def certified_beta(self, length: int) -> arb:
        """Returns the exact β of :func:`theory.predictors.retrieval.retrieval_critical_beta`."""
        return retrieval_critical_beta(self.letters, [Angle.of_radians(self.angle)], [1], length)

    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns a query for the letter 0 whose rivals are all one token, of the letter below."""
        beta = float(self.certified_beta(length).mid())
        turns = self.angle * np.arange(length)
        target, rival = np.cos(turns), np.cos(turns - letter_angle(self.letters))
        if math.isfinite(beta):
            mass = np.exp(beta * (rival - rival.max()))
            distance = int(np.argmax((mass.sum() - mass) / np.exp(beta * (target - 1))))
        else:  # some rival leads: the nearest letter one step nearer than the farthest target
            distance = length - 1
        tokens = np.full(length, (self.letters - 1) * self.letters)
        tokens[-1 - distance] = self.letters**2
        return tokens
