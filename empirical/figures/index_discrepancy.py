"""Index: gaps occur that are above the published bound, and the corrected bounds are attained.

Left, one angle for all lengths: θ = 1, the fastest plane of every RoPE ladder. Right, for each
length the angle at which the corrected bound is attained. The peak is the largest gap over the
queries of a length, the floor the smallest; the published bound was stated for the peak.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from empirical.figures.parts.colours import INK, OTHER, REGION, RIGHT
from empirical.figures.parts.sentences import candidates, theorem, value
from empirical.figures.parts.style import DASHED, WIDTH, Rows, note
from theory.discrepancy import index_reach
from theory.evidence import Verb

LENGTHS = range(2, 513)


def rows() -> Rows:
    """Returns the ledger's own counterexample, then one row for each choice of angle and length.

    ``published`` is evaluated at ``peak_angle``.
    """
    corrected, published = theorem("index_gap_le_of_reach"), theorem("index_peak_le_min_of_length")
    gap, bound = corrected.claim.conclusion.lhs, corrected.claim.conclusion.rhs
    assert corrected.tightness is not None
    (best,) = corrected.tightness.at.values()
    n, i = sp.symbols("n i")
    reach = sp.lambdify((n, i), index_reach(n, i))

    def row(angles: str, length: int) -> dict[str, object]:
        reaches = reach(length, np.arange(length))  # of the queries 0 … length - 1
        near, far = int(reaches.min()), int(reaches.max())
        at_peak, at_floor = (
            sp.S.One if angles == "fixed" else best.subs(dict.fromkeys(best.free_symbols, rival))
            for rival in (near, far)
        )
        # Entry M - 1 of the running minimum is the gap of a query with rivals up to M away.
        peaks, floors = (
            np.minimum.accumulate(candidates(gap, M=far, theta=angle))[reaches - 1]
            for angle in (at_peak, at_floor)
        )
        return {
            "angles": angles,
            "length": length,
            "peak_angle": float(at_peak),
            "peak": float(peaks.max()),
            "peak_bound": value(bound, M=near),
            "published": value(published.claim.conclusion.rhs, n=length, theta=at_peak),
            "floor_angle": float(at_floor),
            "floor": float(floors.min()),
            "floor_bound": value(bound, M=far),
        }

    witness = published.arguments[Verb.ENCLOSE](published.claim).witness
    point = {name: sp.sympify(exact) for name, exact in witness.items()}
    broken = {
        "angles": "witness",
        "length": int(point["n"]),
        "query": int(point["i"]),
        "angle": str(point["theta"]),
        "peak": value(published.claim.conclusion.lhs, **point),
        "published": value(published.claim.conclusion.rhs, **point),
    }
    return [broken, *(row(angles, n) for angles in ("fixed", "best") for n in LENGTHS)]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw two panels on common logarithmic axes."""
    figure.set_size_inches(WIDTH, 3.3)
    fixed, best = figure.subplots(1, 2, sharey=True)
    for axes, angles in ((fixed, "fixed"), (best, "best")):
        _curves(axes, [row for row in rows if row["angles"] == angles], stepped=axes is fixed)
        axes.set(xscale="log", yscale="log", xlabel="length n (tokens)", ylim=(2e-5, 4))
        axes.set_xticks([2, 5, 10, 20, 50, 100, 200, 500])
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.minorticks_off()
    fixed.set_ylabel("gap between the two best logits")
    fixed.set_title("(a)  one angle for all lengths: θ = 1")
    best.set_title("(b)  the best angle for each length")
    _label_steps(fixed, [row for row in rows if row["angles"] == "fixed"])
    _label_lines(fixed, best)
    _mark_witness(best, next(row for row in rows if row["angles"] == "witness"))


def _curves(axes: Axes, data: Rows, stepped: bool) -> None:
    column = {name: np.array([row[name] for row in data]) for name in data[0] if name != "angles"}
    length, peak, published = column["length"], column["peak"], column["published"]
    # The grid is fine, so that a step curve and a slope can bound the same region.
    fine = np.geomspace(length[0], length[-1], 1000)
    upper = peak[fine.astype(int) - length[0]] if stepped else np.interp(fine, length, peak)
    lower = np.exp(np.interp(np.log(fine), np.log(length), np.log(published)))
    axes.fill_between(fine, lower, upper, where=upper > lower, color=REGION, linewidth=0)
    style = "steps-post" if stepped else "default"
    axes.plot(length, column["peak_bound"], color=OTHER, linewidth=0.7)
    axes.plot(length, column["floor_bound"], color=RIGHT, linewidth=0.7)
    axes.plot(length, peak, color=OTHER, drawstyle=style)
    axes.plot(length, column["floor"], color=RIGHT, drawstyle=style)
    axes.plot(length, published, color=INK, linestyle=DASHED, linewidth=1.2)


def _label_steps(axes: Axes, data: Rows) -> None:
    """Label each step of the floor with the distance of the rival that closes it."""
    text = "best rival\n{} away"
    for before, after in pairwise(data):
        if after["floor"] < before["floor"]:
            corner = (after["length"] * 0.99, after["floor"] * 0.9)
            note(axes, text.format(before["length"]), corner, color=RIGHT, ha="right", va="top")
            text = "{}"


def _label_lines(fixed: Axes, best: Axes) -> None:
    note(fixed, "published\nbound", (2.05, 0.4), va="top")
    note(fixed, "exact floor", (6.4, 0.088), color=RIGHT, ha="right", va="center")
    note(fixed, "exact\npeak", (95, 3e-4), color=OTHER, va="center")
    note(fixed, "corrected bound\nfor the peak", (32, 0.11), color=OTHER)
    peak = "exact peak =\ncorrected bound\n1 − cos(2π/m),\nm = ⌈(n−1)/2⌉ + 1"
    note(best, peak, (70, 0.03), color=OTHER)
    published = "published bound\nmin{1 − cos θ, 2π²/n²}"
    note(best, published, (2.05, 0.012), (10, 0.2), va="top")
    floor = "exact floor =\ncorrected bound\n1 − cos(2π/n)"
    note(best, floor, (7, 2e-4), (45, 0.0097), color=RIGHT)
    note(best, "shaded: gaps that occur\nabove the published bound", (2.05, 3e-5))


def _mark_witness(axes: Axes, broken: dict[str, Any]) -> None:
    """Mark the ledger's counterexample: the gap above, the bound below."""
    x, gap, bound = broken["length"], broken["peak"], broken["published"]
    axes.plot([x, x], [bound, gap], color=INK, linewidth=0.8)
    axes.plot(x, gap, "o", color=OTHER, markeredgecolor=INK, markersize=5)
    axes.plot(x, bound, "o", color="white", markeredgecolor=INK, markersize=5)
    angle = broken["angle"].replace("*pi", "π")
    point = f"n = {x}, query i = {broken['query']}, θ = {angle}:"
    note(axes, f"{point}\ngap {gap:.5f}, published {bound:.5f}", (16, 1.1), (x, gap))
