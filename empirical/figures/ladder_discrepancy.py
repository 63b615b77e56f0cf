"""Index on many planes: the floor of a ladder hardly falls with length, that of one plane quickly.

All planes of a ladder with equal weights, beside the best single plane, and the bound for
any planes and angles, (M + 1)/M with rivals up to M positions away.
"""

from fractions import Fraction

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from constructions.ladder import rope_ladder
from empirical.figures.parts.colours import INK, OTHER, QUIET, RIGHT
from empirical.figures.parts.sentences import theorem, value
from empirical.figures.parts.style import DASHED, WIDTH, Rows, note
from theory.engines.alignment import planes_gap

LENGTHS = (4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
LADDERS = ((1e4, 8), (1e4, 32), (1e4, 128), (5e5, 128))
"""Base and channels; two channels are one plane."""
LABELS = dict(zip(LADDERS, (0.135, 0.058, 0.025, 0.0108), strict=True))
"""Heights of their labels, chosen so that the labels do not overlap."""


def rows() -> Rows:
    """Returns one row per ladder and length, then the best single plane."""
    single = theorem("index_gap_eq_of_full_turn").claim.conclusion.rhs
    table: Rows = []
    for base, channels in LADDERS:
        ladder = rope_ladder(base, channels)
        weights = [Fraction(1, len(ladder))] * len(ladder)
        for n in LENGTHS:
            floor = planes_gap(ladder, weights, n - 1).value
            table.append({"base": base, "channels": channels, "length": n, "floor": float(floor)})
    for n in LENGTHS:
        table.append({"base": 0, "length": n, "floor": value(single, M=n - 1)})
    return table


def draw(rows: Rows, figure: Figure) -> None:
    """Draw the floors on logarithmic axes."""
    figure.set_size_inches(WIDTH, 3.0)
    axes = figure.subplots()
    shades = dict(zip(LADDERS, (0.35, 0.6, 1.0, 1.0), strict=True))
    for ladder, shade in shades.items():
        of_ladder = [row for row in rows if (row["base"], row.get("channels")) == ladder]
        points = [row["length"] for row in of_ladder], [row["floor"] for row in of_ladder]
        style = DASHED if ladder[0] > 1e4 else "-"
        axes.plot(*points, color=RIGHT, alpha=shade, linestyle=style, marker=".")
        end, height = of_ladder[-1], LABELS[ladder]
        x = end["length"] * 1.35, end["length"] * 2
        axes.plot(x, (end["floor"], height), color=QUIET, linewidth=0.6)
        label = f"{ladder[1] // 2} planes, base {ladder[0]:,.0f}"
        note(axes, label, (end["length"] * 2.1, height), va="center")
    best = [row for row in rows if row["base"] == 0]
    axes.plot([row["length"] for row in best], [row["floor"] for row in best], color=OTHER)
    note(axes, "one plane at its best\nangle for each length", (22, 1.5e-4), color=OTHER)
    farthest = np.array(LENGTHS) - 1
    axes.plot(LENGTHS, (farthest + 1) / farthest, color=INK, linewidth=0.9)
    note(axes, "(M + 1)/M: no head, with any planes, is above", (40, 1.25), va="bottom")
    axes.set(xscale="log", yscale="log", xlim=(3.5, 4096 * 18), ylim=(1e-6, 4))
    axes.set(xlabel="length n (tokens)", ylabel="floor of the gap")
    axes.set_xticks([4, 16, 64, 256, 1024, 4096])
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.minorticks_off()
