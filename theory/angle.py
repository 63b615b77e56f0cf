"""Rotary angles without rounding: what a head turns by per position, known to any precision.

An angle is a rational number of radians, a rational number of turns, or a rational power of a
rational base in radians (su2021roformer). The first and last are algebraic, so that ``θ/2π`` is
irrational by Lindemann's theorem unless θ = 0; every comparison with a rational number of
turns is therefore decided, exactly or after finitely many bits.
"""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Self

from flint import arb, ctx, fmpq

from theory.refusal import Refusal

_OF_PI = re.compile(r"(\d{0,4000})\s*\*?\s*(?:pi|π)\s*(?:/\s*(\d{1,4000}))?")
_RATIO = re.compile(r"(\d{1,4000})\s*/\s*(\d{1,4000})")
_PLANE = re.compile(r"rope:([^,]+),\s*(\d{1,9})\s*,\s*(\d{1,9})")
_FORMS = "write radians (0.0027 or 1/3), a part of π (2pi/17) or rope:base,size,plane"


@dataclass(frozen=True, slots=True)
class Angle:
    """``factor · base^(−power)`` radians, or ``factor`` turns; use the ``of_`` constructors.

    Attributes:
        factor: A non-negative rational number.
        in_turns: Whether the unit is the turn, 2π radians.
        base: The base of a RoPE ladder; 1 where there is none.
        power: The exponent of a RoPE ladder, ``2·plane/size``.
    """

    factor: Fraction
    in_turns: bool = False
    base: Fraction = Fraction(1)
    power: Fraction = Fraction(0)

    @classmethod
    def of_radians(cls, radians: float | Fraction) -> Self:
        """An angle in radians per position; a float is taken for the exact number it stores.

        Raises:
            Refusal: If the number is negative, infinite or not a number.
        """
        if not math.isfinite(radians) or radians < 0:
            raise Refusal(
                f"the angle {radians} is not finite and non-negative: "
                "give |θ|, since cosines do not see the sign"
            )
        return cls(Fraction(radians))

    @classmethod
    def of_turns(cls, turns: Fraction) -> Self:
        """``2π · turns`` radians per position.

        Raises:
            Refusal: If the number is negative.
        """
        if turns < 0:
            raise Refusal(f"the angle of {turns} turns is negative: give its absolute value")
        return cls(Fraction(turns), in_turns=True)

    @classmethod
    def of_plane(cls, base: float, size: int, plane: int) -> Self:
        """``base^(−2·plane/size)`` radians per position, a rung of the ladder of su2021roformer.

        Args:
            base: The base of the ladder, such as 10000.
            size: The number of rotated channels, an even number.
            plane: Which plane, counted from 0, fastest first.

        Raises:
            Refusal: If there is no such plane, or the base is not finite and positive.
        """
        if not (math.isfinite(base) and base > 0):
            raise Refusal(f"the RoPE base {base} is not finite and positive: give one like 10000")
        if size < 2 or size % 2 or not 0 <= plane < size // 2:
            raise Refusal(
                f"there is no RoPE plane {plane} among {size} rotated channels: "
                "give an even number of channels and a plane from 0 to half of it less one"
            )
        if plane == 0 or base == 1:
            return cls(Fraction(1))
        return cls(Fraction(1), base=Fraction(base), power=Fraction(2 * plane, size))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``0.0027``, ``1/3``, ``2pi/17``, ``pi/8`` or ``rope:10000,128,5``.

        A decimal is the float nearest to it; a quotient is exact.

        Raises:
            Refusal: If the text is none of these, or names a number that is not an angle.
        """
        text = text.strip()
        if match := _OF_PI.fullmatch(text):
            return cls.of_turns(_ratio(match[1] or "1", match[2] or "1", text) / 2)
        if match := _RATIO.fullmatch(text):
            return cls.of_radians(_ratio(match[1], match[2], text))
        if match := _PLANE.fullmatch(text):
            return cls.of_plane(_float(match[1], text), int(match[2]), int(match[3]))
        return cls.of_radians(_float(text, text))

    @property
    def exact_turns(self) -> Fraction | None:
        """``θ/2π`` where it is rational, else None."""
        if self.in_turns or not self.factor:
            return self.factor
        return None

    def turns(self, bits: int) -> arb:
        """A ball around ``θ/2π``, computed with ``bits`` bits."""
        return _turns(self, bits)

    def ball(self, bits: int) -> arb:
        """A ball around θ in radians per position, computed with ``bits`` bits."""
        with ctx.workprec(bits):
            return self._radians()

    def compare(self, turns: Fraction) -> int:
        """The sign of ``θ/2π − turns``: −1, 0 or 1, always decided."""
        if self.exact_turns is not None:
            return (self.exact_turns > turns) - (self.exact_turns < turns)
        bits = 64
        while True:
            with ctx.workprec(bits):
                difference = self.turns(bits) - arb(_fmpq(turns))
            if difference != 0:
                return 1 if difference > 0 else -1
            bits *= 2

    def __str__(self) -> str:
        """Text that :meth:`parse` reads back."""
        if self.in_turns:
            half_turns = 2 * self.factor
            top, bottom = half_turns.numerator, half_turns.denominator
            return ("" if top == 1 else str(top)) + "pi" + ("" if bottom == 1 else f"/{bottom}")
        if self.power:
            base = _shortest(self.base)
            return f"rope:{base},{2 * self.power.denominator},{self.power.numerator}"
        return _shortest(self.factor)

    def _radians(self) -> arb:
        factor = arb(_fmpq(self.factor))
        if self.in_turns:
            return 2 * arb.pi() * factor
        if self.power == 0:
            return factor
        return factor * (-arb(_fmpq(self.base)).log() * arb(_fmpq(self.power))).exp()


@lru_cache(maxsize=4096)
def _turns(angle: Angle, bits: int) -> arb:
    """Computed once, as whoever adds up a length asks at every distance."""
    with ctx.workprec(bits):
        if angle.exact_turns is not None:
            return arb(_fmpq(angle.exact_turns))
        return angle._radians() / (2 * arb.pi())


def _fmpq(fraction: Fraction) -> fmpq:
    return fmpq(fraction.numerator, fraction.denominator)


def _shortest(fraction: Fraction) -> str:
    """An integer or the shortest decimal of a float, else a quotient."""
    exact = fraction.denominator & (fraction.denominator - 1) == 0
    if fraction.denominator == 1 or not exact or Fraction(float(fraction)) != fraction:
        return str(fraction)
    return repr(float(fraction))


def _ratio(top: str, bottom: str, text: str) -> Fraction:
    if int(bottom) == 0:
        raise Refusal(f"the angle {text!r} divides by zero: {_FORMS}")
    return Fraction(int(top), int(bottom))


def _float(number: str, text: str) -> float:
    try:
        value = float(number)
    except ValueError:
        raise Refusal(f"{text!r} is not an angle: {_FORMS}") from None
    if value == 0 and re.search("[1-9]", re.split("[eE]", number)[0]):
        raise Refusal(f"{text!r} is too small for a float: write it as a quotient of integers")
    return value
