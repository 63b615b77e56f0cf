"""Angles are read, written and compared without rounding."""

import math
from fractions import Fraction

import pytest
from flint import arb, ctx

from theory.angle import Angle
from theory.refusal import Refusal


@pytest.mark.parametrize(
    ("text", "radians"),
    [
        ("0.0027", 0.0027),
        ("1/3", 1 / 3),
        ("2pi/17", 2 * math.pi / 17),
        ("pi/8", math.pi / 8),
        ("π", math.pi),
        ("3*pi", 3 * math.pi),
        ("rope:10000,128,5", 10_000 ** (-10 / 128)),
        ("rope:5e5,64,0", 1.0),
        ("1e-3", 0.001),
    ],
)
def test_angles_are_read_and_written(text: str, radians: float) -> None:
    angle = Angle.parse(text)
    assert abs(angle.ball(80) - radians) < 1e-15 * max(1, radians)
    assert Angle.parse(str(angle)) == angle
    with ctx.workprec(80):
        assert (angle.turns(80) * 2 * arb.pi()).overlaps(angle.ball(80))


def test_a_float_is_the_number_it_stores() -> None:
    assert Angle.of_radians(0.1).factor == Fraction(0.1) != Fraction(1, 10)


def test_angles_are_compared_exactly() -> None:
    assert Angle.parse("2pi/17").compare(Fraction(1, 17)) == 0
    assert Angle.of_radians(math.pi / 8).compare(Fraction(1, 16)) == -1  # the float is below
    above = Angle.of_radians(math.nextafter(math.pi / 8, 1))
    assert above.compare(Fraction(1, 16)) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("", "nan", "inf", "-1", "1e999", "1e-999", "one", "1/0", "pi/0", "2pi/", "1/2/3"),
        *("rope:10000,128", "rope:10000,128,64", "rope:10000,7,1", "rope:0,128,1", "rope:nan,8,1"),
        *("rope:x,8,1", "-pi/3", "0x10"),
    ],
)
def test_bad_angles_are_refused(text: str) -> None:
    with pytest.raises(Refusal, match=r": "):
        Angle.parse(text)


def test_negative_turns_are_refused() -> None:
    with pytest.raises(Refusal, match=r": "):
        Angle.of_turns(Fraction(-1, 3))
