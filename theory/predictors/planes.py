"""The planes of a head as predictors take them, and the lengths that they can add up."""

from collections.abc import Sequence
from fractions import Fraction

from flint import arb, fmpq

from theory.angle import Angle
from theory.refusal import Refusal

BITS = 128
LONGEST_SUM = 100_000

ExactWeight = float | Fraction
"""A float is taken exactly. A ball would put a bound on how far a root can be refined."""


def weighed(
    angles: Sequence[Angle], weights: Sequence[ExactWeight]
) -> list[tuple[Angle, Fraction]]:
    """The planes with a weight above 0, equal angles taken together.

    Raises:
        Refusal: If a weight is missing, negative or not finite, or none is above 0.
    """
    if len(angles) != len(weights):
        raise Refusal(
            f"there are {len(angles)} angles and {len(weights)} weights: give one weight per angle"
        )
    together: dict[Angle, Fraction] = {}
    for angle, weight in zip(angles, weights, strict=True):
        if not 0 <= weight < float("inf"):
            raise Refusal(
                f"the weight {weight} is not finite and non-negative: give |q||k| of the plane"
            )
        if weight:
            together[angle] = together.get(angle, Fraction(0)) + Fraction(weight)
    if not together:
        raise Refusal("no plane has any weight: give at least one angle and its weight")
    return list(together.items())


def ball(number: Fraction) -> arb:
    """A ball around a fraction, as small as the working precision allows."""
    return arb(fmpq(number.numerator, number.denominator))


def rivals_of(length: int) -> int:
    """How many rivals the target has.

    Raises:
        Refusal: If it has none.
    """
    if length < 2:
        raise Refusal(f"among {length} tokens the target has no rival: give a length of at least 2")
    return length - 1


def rivals_to_add(length: int) -> int:
    """The same, where they are looked at one by one.

    Raises:
        Refusal: If there are none or too many.
    """
    if length > LONGEST_SUM:
        raise Refusal(
            f"a length of {length} has too many terms to add up here: "
            f"give one of at most {LONGEST_SUM}"
        )
    return rivals_of(length)
