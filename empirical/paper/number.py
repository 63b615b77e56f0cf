"""Rounds a number for print, once and correctly, from an exact expression or a ball."""

from dataclasses import dataclass

import sympy as sp
from flint import arb, ctx

from theory.engines.enclosure import to_arb

MOST_BITS = 1 << 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number of the paper.

    Attributes:
        key: the argument of ``#num``.
        text: what is printed.
        exact: the SymPy expression that was rounded; empty for a count or a measurement.
        source: its origin, in words.
    """

    key: str
    text: str
    exact: str = ""
    source: str

    @classmethod
    def count(cls, key: str, value: int, source: str) -> "Number":
        """Returns a whole number, printed with thin spaces between thousands."""
        return cls(key=key, text=f"{value:,}".replace(",", "\u2009"), source=source)

    @classmethod
    def rounded(cls, key: str, value: sp.Expr, places: int, source: str) -> "Number":
        """Returns a real number, rounded to some decimal places."""
        text = decimal(value, places).replace("-", "−")
        return cls(key=key, text=text, exact=sp.sstr(value), source=source)


def decimal(value: sp.Expr, places: int) -> str:
    """Returns the decimal fraction nearest to an exact real number, the larger one of two.

    The precision is raised until a ball decides.

    Args:
        value: the number.
        places: number of decimal places.

    Raises:
        ValueError: balls of ``MOST_BITS`` bits do not decide.
    """
    bits = 64
    while True:
        with ctx.workprec(bits):
            try:
                return of_ball(to_arb(value, {}), places)
            except ValueError:
                if bits >= MOST_BITS:
                    raise
        bits *= 2


def of_ball(value: arb, places: int) -> str:
    """Returns the decimal fraction to which every number of a ball is rounded.

    Args:
        value: the ball.
        places: number of decimal places.

    Raises:
        ValueError: the numbers of the ball are rounded to different fractions.
    """
    units = (value * 10**places + arb("0.5")).floor().unique_fmpz()
    if units is None:
        raise ValueError(f"{value} cannot be rounded to {places} places")
    digits = str(abs(units)).rjust(places + 1, "0")
    whole, fraction = digits[: len(digits) - places], digits[len(digits) - places :]
    return f"{'-' if units < 0 else ''}{whole}" + (f".{fraction}" if places else "")
