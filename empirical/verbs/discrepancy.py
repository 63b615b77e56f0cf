"""``ropeproof discrepancy``: the certified discrepancy of an Index head at any length."""

import re
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from empirical.files.atomic import write_json
from theory.refusal import Refusal

LONGEST_EXPONENT = 4000
BAR_FROM = 2_000_000
"""Distances from which on a scan takes long enough for a progress bar."""


def command(
    length: Annotated[str, typer.Option(help="The number of tokens, such as 17 or 1e100.")],
    angle: Annotated[
        list[str] | None,
        typer.Option(
            help="Angle of a plane: 0.0027 or 1/3 (radians), 2pi/17, or rope:base,size,plane. "
            "Repeat it for more planes."
        ),
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(help="Weight of a plane, 0 or more. Default: equal weights that sum to 1."),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the numbers here.")] = None,
) -> None:
    """Certify by how much the right token's logit leads every other in an Index head.

    The floor is the least lead over valid inputs, the peak the largest. The result is exact for
    one plane at any length and for more planes up to 10^7 tokens. Beyond, the table shows an upper
    bound and the distance that attains it, and says that it is a bound.
    """
    from theory.angle import Angle
    from theory.engines import alignment, diophantine

    if not angle:
        raise Refusal("there is no plane: give --angle once for each, such as --angle 0.0027")
    angles = [Angle.parse(text) for text in angle]
    weights = [_weight(text) for text in weight or [f"1/{len(angles)}"] * len(angles)]
    tokens = _tokens(length)
    turning = [plane for plane, _ in alignment.usable(angles, weights)]
    rows: dict[str, dict[str, object]] = {}
    for name, reach in (("floor", tokens - 1), ("peak", tokens // 2)):
        quick = reach < BAR_FROM or len(turning) < 2
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=quick) as progress:
            if reach <= alignment.SCAN_LIMIT:
                tick = partial(progress.advance, progress.add_task(name, total=reach))
                gap = alignment.planes_gap(angles, weights, reach, tick)
            else:
                progress.add_task(name, total=None)
                gap = alignment.near_alignment(angles, weights, reach)
        rows[name] = {
            "reach": reach,
            "gap": gap.value.str(20),
            "exact": gap.exact,
            "distance": gap.distance,
            "bound": alignment.boxes_bound(angles, weights, reach).str(20),
            "convergents": [
                [convergent.numerator, convergent.denominator]
                for plane in (turning if len(turning) == 1 else [])
                for convergent in diophantine.convergents(plane, reach)
            ],
        }
    planes = f"{len(angle)} planes" if len(angle) > 4 else f"angle {', '.join(angle)}"
    Console().print(_table(f"Index, {_short(tokens)} tokens, {planes}", rows))
    if json:
        settings = {"angles": [*map(str, angles)], "weights": [*map(str, weights)]}
        write_json(json, {**settings, "length": tokens, **rows})
        typer.echo(json)


def _table(title: str, rows: dict[str, dict[str, object]]) -> Table:
    """Returns a table with one column for the floor and one for the peak."""
    table = Table("", title=title, title_justify="left")
    for name in rows:
        table.add_column(name, overflow="fold")
    lines = {
        "rivals within": lambda row: _short(row["reach"]),
        "gap": lambda row: row["gap"] if row["exact"] else f"at most {row['gap']}",
        "seen at distance": lambda row: _short(row["distance"]),
        "decided by": lambda row: "exact" if row["exact"] else "upper bound, lattice reduction",
        "no angles exceed": lambda row: row["bound"],
        "convergents used": lambda row: str(len(row["convergents"]) or "none"),
    }
    for label, line in lines.items():
        table.add_row(label, *map(line, rows.values()))
    return table


def _weight(text: str) -> Fraction:
    """Returns a decimal number or a quotient of integers, exactly."""
    if not re.fullmatch(r"\d{1,300}(/\d{1,300}|(\.\d{1,300})?([eE][-+]?\d{1,3})?)", text.strip()):
        raise Refusal(f"{text!r} is not a weight: write a number like 0.25 or 1/4, at least 0")
    try:
        return Fraction(text.strip())
    except ZeroDivisionError:
        raise Refusal(f"the weight {text!r} divides by zero: write one like 1/4") from None


def _tokens(text: str) -> int:
    """Returns an exact integer from digits or from a decimal with an exponent, at least 2."""
    way_out = f"write an integer from 2 to 1e{LONGEST_EXPONENT}, such as 17 or 1e100"
    if not re.fullmatch(r"\d{1,4000}(\.\d{1,4000})?([eE]\+?\d{1,4})?", text.strip()):
        raise Refusal(f"the length {_short(text)!r} is not a number of tokens: {way_out}")
    value = Fraction(text.strip())
    if value.denominator != 1 or not 2 <= value <= 10**LONGEST_EXPONENT:
        raise Refusal(f"the length {_short(text)!r} has no rivals or is out of range: {way_out}")
    return int(value)


def _short(number: object) -> str:
    """Returns all digits of a number, or the first and last ten."""
    text = str(number)
    return text if len(text) <= 24 else f"{text[:10]}…{text[-10:]} ({len(text)} digits)"
