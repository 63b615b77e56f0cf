"""The plane of the two scores: each head is a point, and no head is below the line.

The positional and the symbolic score of a head add up to at least 1 (``swap_terms_sum_ge_one``);
the shaded corners hold the heads that are pure at γ = 0.1.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from empirical.figures.parts.colours import FAINT, INK, POSITIONAL, QUIET, REGION, SYMBOLIC
from empirical.figures.parts.style import NARROW, Rows, note, render
from empirical.scores.purity import GAMMAS, purity
from empirical.survey.report import HeadReport

GAMMA = max(GAMMAS)
COLOURS = {"positional": POSITIONAL, "symbolic": SYMBOLIC, None: INK}
"""Of a head that is pure, or of neither behaviour alone."""


def plane(axes: Axes) -> None:
    """Draw what is behind the heads: the region that no head can reach, and the pure corners."""
    axes.fill([0, 1, 0], [0, 0, 1], color=FAINT, alpha=0.35, linewidth=0, zorder=0)
    axes.plot([0, 1], [1, 0], color=QUIET, linewidth=0.8, zorder=1)
    for corner in ((1 - GAMMA, 0), (0, 1 - GAMMA)):
        axes.add_patch(Rectangle(corner, GAMMA, GAMMA, color=REGION, linewidth=0, zorder=1))
    axes.set(aspect="equal", anchor="W", xlim=(0, 1.005), ylim=(0, 1.005))
    axes.set(xlabel="positional score", ylabel="symbolic score")
    axes.grid(color=FAINT, linewidth=0.4)
    note(axes, "nearly uniform\nattention", (0.99, 0.86), ha="right", color=QUIET, va="center")
    note(axes, "no head is below", (0.4, 0.46), rotation=-45, ha="center", va="center", color=QUIET)
    note(axes, "pure\nsymbolic", (0.01, 0.88), va="top", linespacing=1.0)
    note(axes, "pure\npositional", (0.89, 0.02), ha="right", linespacing=1.0)


def rows(heads: Sequence[HeadReport]) -> Rows:
    """Returns one row per head that has both scores, with the behaviour in which it is pure.

    Args:
        heads: of a model at one length.
    """
    scored = [head for head in heads if {"positional", "symbolic"} <= head.means.keys()]
    places = [
        (head, head.means["positional"].value, head.means["symbolic"].value) for head in scored
    ]
    return [
        {
            "layer": head.layer,
            "head": head.head,
            "positional": positional,
            "symbolic": symbolic,
            "pure": purity(positional, symbolic, GAMMA),
        }
        for head, positional, symbolic in places
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw every head as a circle in the colour of its pure behaviour."""
    figure.set_size_inches(NARROW, 3.1)
    axes = figure.subplots()
    plane(axes)
    for pure, colour in COLOURS.items():
        scores = np.array(
            [[row["positional"], row["symbolic"]] for row in rows if row["pure"] == pure]
        ).reshape(-1, 2)
        axes.plot(
            *scores.T, "o", color=colour, markerfacecolor="none", markersize=5, alpha=0.85,
            clip_on=False, zorder=3,
        )  # fmt: skip


def conclusion(rows: Rows) -> str:
    """What the picture shows, in a sentence."""
    pure = [row["pure"] for row in rows]
    counts = f"{pure.count('positional')} purely positional and {pure.count('symbolic')} purely"
    return f"Of {len(rows)} head{'s' if len(rows) != 1 else ''}, {counts} symbolic."


def picture(rows: Rows) -> bytes:
    """Returns the finished SVG file."""
    return render(draw, rows, conclusion(rows))["svg"]
