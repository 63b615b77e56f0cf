"""Letter with fewer rotated dimensions fails at length all the same, long before its forecast.

Accuracy on longer inputs beside the forecast of the heads. Three models of one seed and one plan;
128, 64 or 32 of the 128 dimensions of each head are rotated, at angles from 1 to 10⁻⁴ radians per
position. Bars: exact 99 % intervals.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from empirical.figures.parts.colours import QUIET, ordered
from empirical.figures.parts.style import DASHED, WIDTH, Rows
from empirical.figures.parts.survival import accuracy_rows
from empirical.mechanism import survival_table
from empirical.shipped.checkpoints import nope_planes

MARKS = "osD"


def ready() -> bool:
    """Returns whether all three have a table."""
    return all(survival_table.read(path) is not None for path in nope_planes())


def rows() -> Rows:
    """Returns one row per model and length."""
    return [
        {"rotated": table.rotary_dim, **row}
        for path in nope_planes()
        if (table := survival_table.read(path)) is not None
        for row in accuracy_rows(path.name, table)
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw accuracy on the left, on the right the forecast for the first head to fail."""
    figure.set_size_inches(WIDTH, 2.6)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for shade, mark, rotated in zip(
        ordered(len(MARKS)), MARKS, dict.fromkeys(row["rotated"] for row in rows), strict=True
    ):
        of_model = [row for row in rows if row["rotated"] == rotated]
        lengths, share, low, high = (
            np.array([row[name] for row in of_model])
            for name in ("length", "accuracy", "low", "high")
        )
        style = {"color": shade, "marker": mark, "markersize": 3.4, "linewidth": 1.1}
        bars = (share - low, high - share)
        label = f"{rotated} rotated"
        panels[0].errorbar(lengths, share, bars, elinewidth=0.7, label=label, **style)
        known = [row for row in of_model if row["forecast"] is not None]
        panels[1].plot(
            [row["length"] for row in known],
            [row["forecast"] for row in known],
            linestyle=DASHED,
            **style,
        )
    for axes, title in zip(panels, ("right answers", "forecast to keep their peak"), strict=True):
        axes.axhline(0.5, color=QUIET, linewidth=0.5)
        axes.set(xscale="log", xlabel="length n (tokens)", ylim=(-0.03, 1.05))
        axes.set_xticks([17, 68, 272, 1700, 5000])
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_title(f"({'ab'[title != 'right answers']})  {title}")
    panels[0].set_ylabel("share of answers (a), of peaks (b)")
    panels[0].legend(loc="lower left")
