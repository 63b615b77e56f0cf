"""Retrieval fails at half the length at which the published bound on its discrepancy is zero.

Eight letters and θ = 0.0027, the numbers of the paper. The floor is the least gap over all proper
inputs of a length; the construction is right on all of them while it is positive.
"""

import numpy as np
import sympy as sp
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empirical.figures.parts.colours import INK, QUIET, REGION, RIGHT
from empirical.figures.parts.sentences import applies, candidates, theorem, value
from empirical.figures.parts.style import DASHED, WIDTH, Rows, note

LETTERS = 8
ANGLE = sp.Rational(27, 10_000)  # radians per position
LENGTHS = range(3, 321)
Column = dict[str, Float[np.ndarray, " lengths"]]

BRUTE_FORCE = {*range(3, 321, 12), 145, 146}


def rows() -> Rows:
    """Returns one row per length; a number is null where its sentence makes no claim.

    ``published_formula`` is the published bound also beyond the lengths it was claimed for.
    ``brute_force`` is the least gap over every match, rival and letter, at some lengths; ``peak``
    there is the largest gap over inputs whose rivals all differ from the match by as many letters.
    ``simple`` is the gap if match and nearest rival both stood at the far end: a lower bound.
    """
    published, exact, right = (
        theorem(name).claim
        for name in (
            "retrieval_peak_le_of_length",
            "retrieval_floor_eq_of_le_horizon",
            "retrieval_floor_pos_of_lt_horizon",
        )
    )
    assert right.reduction is not None
    lead, half = right.reduction.gap, sp.pi / LETTERS

    def row(length: int) -> dict[str, object]:
        point = {"n": length, "A": LETTERS, "theta": ANGLE}
        bound = value(published.conclusion.rhs, **point)
        gaps = candidates(exact.conclusion.lhs, **point) if length in BRUTE_FORCE else None
        return {
            "length": length,
            "published_formula": bound,
            "published": bound if applies(published, s=0, k=1, **point) else None,
            "floor": value(exact.conclusion.rhs, **point) if applies(exact, **point) else None,
            "brute_force": None if gaps is None else float(gaps.min()),
            "peak": None if gaps is None else float(gaps.min(axis=0).max()),
            "simple": value(lead, p=half, q=half - (length - 1) * ANGLE),
            "right": applies(right, **point),
        }

    return [row(length) for length in LENGTHS]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw the curves with both zeros on the left, differences at small lengths on the right."""
    figure.set_size_inches(WIDTH, 3.1)
    whole, near = figure.subplots(1, 2, width_ratios=(2.3, 1))
    column = {name: np.array([row[name] for row in rows], dtype=float) for name in rows[0]}
    _curves(whole, column)
    _differences(near, column)


def _curves(axes: Axes, column: Column) -> None:
    length, formula, published = (column[x] for x in ("length", "published_formula", "published"))
    horizon, zero = int(length[column["right"] == 1].max()), int(length[formula.argmin()])
    axes.axvspan(horizon, zero, color=REGION, linewidth=0)
    axes.axhline(0, color=QUIET, linewidth=0.7)
    beyond = np.isnan(published)
    axes.plot(length[beyond], formula[beyond], color=INK, linestyle=(0, (1, 2)), linewidth=1.2)
    axes.plot(length, published, color=INK, linestyle=DASHED, linewidth=1.2)
    axes.plot(length, column["floor"], color=RIGHT)
    axes.plot(length, column["brute_force"], "o", color=RIGHT, markersize=3)
    for x in (horizon, zero):
        axes.plot(x, 0, "o", color="white", markeredgecolor=INK, markersize=5.5, zorder=3)
    axes.set(xlabel="length n (tokens)", ylabel="gap between the match and its best rival")
    axes.set(xlim=(0, 328), ylim=(-0.37, 0.31))
    axes.set_title("(a)  8 letters, θ = 0.0027, ω = 2π/8")
    note(axes, "shaded: some proper input fails,\nthe published curve is positive", (150, 0.22))
    note(axes, f"published bound, dotted\nbeyond its claim: 0 at {zero}", (175, 0.09), (190, 0.037))
    floor = "exact floor,\ndots: brute force"
    note(axes, floor, (5, 0.09), (60, 0.18), color=RIGHT, va="top")
    note(axes, f"horizon: right on all\nproper inputs to {horizon}", (15, -0.16), (horizon, 0))


def _differences(axes: Axes, column: Column) -> None:
    """Draw the published bound minus the floor, from which it hardly differs at small lengths."""
    length = column["length"]
    above = 1e3 * (column["published"] - column["floor"])
    axes.plot(length, above, color=INK, linestyle=DASHED, linewidth=1.2)
    axes.axhline(0, color=RIGHT)
    axes.set(xlabel="length n (tokens)", xlim=(0, 50), ylim=(-2.8, 5))
    axes.set_title("(b)  above the floor, × 1000")
    note(axes, "published\nbound", (18, 3.2), (37, 2.75))
    note(axes, "exact floor", (1, 0.15), color=RIGHT)
    (at,) = np.flatnonzero(length == 17)
    point = (17, above[at])
    axes.plot(*point, "o", color="white", markeredgecolor=INK, markersize=5)
    text = f"n = 17:\n{column['published'][at]:.5f} < {column['floor'][at]:.5f}"
    note(axes, text, (12, -2.65), point)
