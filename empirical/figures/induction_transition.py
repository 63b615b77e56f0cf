"""Loss, in-context score and best prefix matching during training, five runs of two layers.

The middle of each change and its standard error, for runs that learned from context.
"""

import math

import numpy as np
from matplotlib.figure import Figure

from empirical.figures.parts.style import BLUE, PALE, QUIET, VERMILLION, WIDTH, Rows
from empirical.induction.change_point import change_point
from empirical.induction.collection import read
from empirical.induction.roles import learned

NAME = "induction-2"
CURVES = {
    "loss": "loss (nats)",
    "in_context": "in-context score (nats)",
    "matching": "best prefix matching",
}


def rows() -> Rows:
    """Returns one row per run and curve: values by step, and the fitted change."""
    table = []
    for run in read().trained:
        if run.name == NAME:
            for curve in CURVES:
                values = run.best("matching") if curve == "matching" else getattr(run, curve)
                change = change_point(run.steps, values)
                table.append(
                    {
                        "seed": run.seed,
                        "curve": curve,
                        "learned": learned(run),
                        "steps": run.steps.tolist(),
                        "values": values.tolist(),
                        **{
                            part: value if math.isfinite(value) else None
                            for part, value in vars(change).items()
                        },
                    }
                )
    return table


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel per curve with all runs; below, the middles of the changes."""
    figure.set_size_inches(WIDTH, 2.9)
    panels = figure.subplots(2, 3, sharex=True, height_ratios=(4, 1))
    for (curve, label), axes, below in zip(CURVES.items(), *panels, strict=True):
        for row in (row for row in rows if row["curve"] == curve):
            axes.plot(row["steps"], row["values"], color=PALE, linewidth=1)
            if row["learned"] and row["middle"] is not None:
                height = np.interp(row["middle"], row["steps"], row["values"])
                axes.plot(row["middle"], height, "o", color=BLUE, markersize=3.5)
                below.errorbar(
                    row["middle"],
                    -row["seed"],
                    xerr=2 * row["error"],
                    fmt="o",
                    color=BLUE,
                    ecolor=VERMILLION,
                    markersize=3.5,
                    elinewidth=1,
                )
        axes.set_title(label)
        axes.set_xlim(0, max(max(row["steps"]) for row in rows))
        below.set(yticks=[], xlabel="training step", ylim=(-4.8, 0.8))
        below.spines["left"].set_visible(False)
    panels[1, 0].set_ylabel("middle of\nthe change,\n± 2 s.e.", color=QUIET, fontsize=8)
