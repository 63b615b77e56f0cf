"""Retrieval: the published bound on the discrepancy against the exact floor and its zero.

Eight letters and θ = 0.0027, the numbers of the paper. The floor is the least gap over all proper
inputs of a length; the construction is right on all of them while it is positive.
"""

import numpy as np
import sympy as sp
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empirical.figures.parts.sentences import applies, candidates, theorem, value
from empirical.figures.parts.style import BLUE, DASHED, INK, QUIET, SHADE, SMALL, WIDTH, Rows, note

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
    figure.set_size_inches(WIDTH, 3.5)
    whole, near = figure.subplots(1, 2, width_ratios=(2.3, 1))
    column = {name: np.array([row[name] for row in rows], dtype=float) for name in rows[0]}
    _curves(whole, column)
    _differences(near, column)


def _curves(axes: Axes, column: Column) -> None:
    length, formula, published = (column[x] for x in ("length", "published_formula", "published"))
    horizon, zero = int(length[column["right"] == 1].max()), int(length[formula.argmin()])
    axes.axvspan(horizon, zero, color=SHADE, linewidth=0)
    axes.axhline(0, color=QUIET, linewidth=0.7)
    beyond = np.isnan(published)
    axes.plot(length[beyond], formula[beyond], color=INK, linestyle=(0, (1, 2)), linewidth=1.2)
    axes.plot(length, published, color=INK, linestyle=DASHED, linewidth=1.2)
    axes.plot(length, column["floor"], color=BLUE)
    axes.plot(length, column["brute_force"], "o", color=BLUE, markersize=3)
    for x in (horizon, zero):
        axes.plot(x, 0, "o", color="white", markeredgecolor=INK, markersize=5.5, zorder=3)
    axes.set(xlabel="length n (tokens)", ylabel="gap between the match and its best rival")
    axes.set(xlim=(0, 328), ylim=(-0.37, 0.31))
    axes.set_title("(a)  8 letters, θ = 0.0027, ω = 2π/8")
    note(axes, "some proper input fails,\nthe published curve is positive", (152, 0.24))
    note(axes, "published bound\n1 − cos(ω − nθ)", (152, 0.15), (112, 0.1114))
    note(axes, "continued beyond the\nlengths it was claimed for", (183, 0.07), (190, 0.037))
    note(axes, f"zero at\nn = {zero}", (294, 0.075), (zero, 0))
    floor = "exact floor cos((n−2)θ) −\ncos(ω − (n−1)θ)"
    note(axes, floor, (5, 0.075), (70, 0.158), color=BLUE, va="top")
    note(axes, "brute force over\nall proper inputs", (154, -0.27), (243, -0.198), color=BLUE)
    note(axes, f"horizon: right on all\nproper inputs to n = {horizon}", (15, -0.12), (horizon, 0))
    peak = np.floor(100 * np.nanmin(column["peak"][~beyond])) / 100
    text = f"off the scale: the peak, for which\nthe bound was stated, over {peak:.2f}"
    note(axes, text, (5, -0.34), fontsize=SMALL)


def _differences(axes: Axes, column: Column) -> None:
    """Draw the published bound and a simple one, minus the floor from which they hardly differ."""
    length = column["length"]
    above = {name: 1e3 * (column[name] - column["floor"]) for name in ("published", "simple")}
    axes.plot(length, above["published"], color=INK, linestyle=DASHED, linewidth=1.2)
    axes.plot(length, above["simple"], color=BLUE, linewidth=0.7)
    axes.axhline(0, color=BLUE)
    axes.set(xlabel="length n (tokens)", xlim=(0, 50), ylim=(-2.8, 5))
    axes.set_title("(b)  above the floor, × 1000")
    note(axes, "published\nbound", (18, 3.2), (37, 2.75))
    note(axes, "exact floor", (1, 0.15), color=BLUE)
    note(axes, "2 sin(ω/2) ·\nsin(ω/2 − (n−1)θ)", (25, -1.5), (43, -0.31), color=BLUE)
    (at,) = np.flatnonzero(length == 17)
    point = (17, above["published"][at])
    axes.plot(*point, "o", color="white", markeredgecolor=INK, markersize=5)
    text = f"n = 17:\n{column['published'][at]:.5f} < {column['floor'][at]:.5f}"
    note(axes, text, (12, -2.65), point)
