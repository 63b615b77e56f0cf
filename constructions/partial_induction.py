"""Partial induction: of several matching pairs the last one is returned (f_MIX)."""

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
from constructions.pairs import first_and_sought, letter_angle
from constructions.temperature import critical_beta
from theory.angle import Angle
from theory.engines import diophantine
from theory.refusal import Refusal


@dataclass(frozen=True)
class PartialInduction(Construction):
    """Find the last pair, the query included, whose first letter is the one sought.

    Two planes (urrutia2025decoupling): a NoPE plane for letters and a slow one for recency.
    With ``ω = 2π/letters`` the logit at distance ``t`` and letter difference ``k`` is
    ``cos(k ω) + cos(t * angle)``. A position is valid if its letter has a match. Hard attention
    is right on every valid input of length ``n >= 2`` if ``(n - 1) * angle < ω``, and with three
    letters or more only then: a match against the letter next to it, at distance 0. (Of two
    letters one is opposite the other; that margin lasts longer.) The published
    ``angle < ω/n`` is inside.

    Attributes:
        letters: first letters, and second letters of a (letter, letter) token.
        digits: labels of a (letter, digit) token; ids are those of ``pairs.first_and_sought``.
        angle: radians per position of the slow plane.

    Raises:
        Refusal: if a size is too small, or the angle is not above 0 and at most a half turn.
    """

    bounded_by: ClassVar[tuple[str, ...]] = (
        "nearest_match_gt_of_slow_plane",
        "partial_induction_floor_pos_of_lt_letter_angle",
        "partial_induction_floor_nonpos_of_ge_letter_angle",
    )

    letters: int
    digits: int
    angle: float

    def __post_init__(self) -> None:
        require_sizes(letters=self.letters, digits=self.digits)
        if self.letters < 2:
            raise Refusal("Partial induction with 1 letter has no rival: give at least 2 letters.")
        if not 0 < self.angle <= math.pi:
            raise Refusal(
                f"The slow angle of partial_induction is {self.angle}: "
                "give radians above 0 and at most π."
            )

    @property
    def vocabulary(self) -> int:
        """The number of pairs of letters, and of letters with a digit."""
        return self.letters * (self.letters + self.digits)

    @cached_property
    def layer(self) -> Layer:
        """One head without a residual, whose value and output matrices are the identity."""
        first, sought = first_and_sought(self.letters, self.digits)
        omega, still = letter_angle(self.letters), turned_units(0.0, np.zeros(self.vocabulary))
        head = HeadWeights(
            angles=np.array([0.0, self.angle]),
            query=np.hstack([turned_units(omega, sought), still]),
            key=np.hstack([turned_units(omega, first), still]),
            value=np.eye(self.vocabulary),
            output=np.eye(self.vocabulary),
        )
        return Layer(heads=(head,), residual=False)

    @classmethod
    def for_length(cls, length: int) -> "PartialInduction":
        """Returns 8 letters and 8 digits, at the published limit ``ω/length``."""
        require_length(cls.name(), length, 2)
        return cls(letters=8, digits=8, angle=letter_angle(8) / length)

    def certified_beta(self, length: int) -> arb:
        """Returns the exact β against earlier matches, and against copies of a neighbouring letter.

        The match at the query itself leads earlier ones by least; the farthest match leads the
        letters next to it by least. From ``(length - 1) * angle = ω`` on it is +∞, for two
        letters too.
        """
        return arb.max(*self._betas(length))

    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns one label after pairs of its letter, or one match before copies of a rival."""
        older, other = self._betas(length)
        label = self.letters**2
        if older > other:
            return np.array([1] * (length - 1) + [label])
        tokens = np.full(length, (self.letters - 1) * self.letters)
        # The nearest distance at which a match falls behind a rival at the query itself.
        lost = math.ceil(letter_angle(self.letters) / self.angle)
        tokens[-1 - min(lost, length - 1)] = label
        return tokens

    def _betas(self, length: int) -> tuple[arb, arb]:
        """Returns the critical β against earlier matches, and that against the nearest letters."""
        require_length(self.name(), length, 2)
        slow, omega = Angle.of_radians(self.angle), Angle.parse(f"2pi/{self.letters}")
        if slow.compare(Fraction(1, self.letters * (length - 1))) >= 0:
            return arb(0), arb.pos_inf()

        def older(bits: int) -> list[arb]:
            return [diophantine.gap_at(slow, t, bits) for t in range(1, length)]

        def other(bits: int) -> list[arb]:
            letter = diophantine.gap_at(omega, 1, bits)
            far = diophantine.gap_at(slow, length - 1, bits)
            return [letter + diophantine.gap_at(slow, t, bits) - far for t in range(length - 1)]

        return critical_beta(older, Fraction(1)), critical_beta(other, Fraction(1))
