"""In each run, loss, in-context score and best prefix matching change at about the same steps.

Five runs of two layers; the middle of each change, for runs that learned from context.
"""

import math

import numpy as np
from matplotlib.figure import Figure

from empirical.figures.parts.colours import INK, PALE
from empirical.figures.parts.style import WIDTH, Rows
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
    figure.set_size_inches(WIDTH, 2.6)
    panels = figure.subplots(2, 3, sharex=True, height_ratios=(2.6, 1))
    for letter, (curve, label), axes, below in zip("abc", CURVES.items(), *panels, strict=True):
        for row in (row for row in rows if row["curve"] == curve):
            axes.plot(row["steps"], row["values"], color=PALE, linewidth=1)
            if row["learned"] and row["middle"] is not None:
                height = np.interp(row["middle"], row["steps"], row["values"])
                axes.plot(row["middle"], height, "o", color=INK, markersize=3.5)
                below.errorbar(
                    row["middle"],
                    row["seed"],
                    xerr=2 * row["error"],
                    fmt="|",
                    color=INK,
                    ecolor=INK,
                    markersize=5,
                    elinewidth=1.2,
                )
        axes.set_title(f"({letter})  {label}")
        axes.set_xlim(0, max(max(row["steps"]) for row in rows))
        below.set(xlabel="training step", ylim=(4.6, -0.6), yticks=range(5))
        errors = [row["error"] for row in rows if row["curve"] == curve and row["learned"]]
        widest = max((2 * error for error in errors if error is not None), default=0)
        below.text(620, 2, f"bars: ± 2 s.e.,\nat most {widest:.0f} steps", va="center")
    panels[1, 0].set_ylabel("middle of the\nchange, by run")
