"""Runs start together; one layer, two layers, and one layer with smeared keys end apart.

Losses of single tokens during training, along their first two principal components. One line per
run, from initial weights to the end; the components are of all snapshots of all runs on the same
sixteen letters, as in olsson2022induction.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empirical.figures.parts.colours import INK, OTHER, QUIET
from empirical.figures.parts.style import DASHED, NARROW, Rows, note
from empirical.induction.collection import read

LINES = {
    "induction-1": (INK, DASHED),
    "induction-2": (INK, "-"),
    "induction-1-smeared": (OTHER, DASHED),
}
LABELS = {
    "induction-1": "1 layer",
    "induction-2": "2 layers",
    "induction-1-smeared": "1 layer, smeared keys",
}


MARKED = (100, 200, 300, 400)
"""Steps that are marked on every line."""


def rows() -> Rows:
    """Returns one row per run: the coordinates of its snapshots, and the variance explained."""
    collection = read()
    steps = {(run.name, run.seed): run.steps.tolist() for run in collection.trained}
    return [
        {
            "name": name,
            "seed": seed,
            "steps": steps[name, seed],
            "places": places.tolist(),
            "explained": list(collection.explained),
        }
        for (name, seed), places in collection.components.items()
        if name in LINES
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel: squares where runs start, dots at some steps, large dots where runs end."""
    figure.set_size_inches(NARROW, 3.2)
    axes = figure.subplots()
    for row in rows:
        colour, line = LINES[row["name"]]
        places = np.array(row["places"])
        axes.plot(*places.T, color=colour, linestyle=line, linewidth=0.7)
        marked = [n for n, step in enumerate(row["steps"]) if step in MARKED]
        axes.plot(*places[marked].T, "o", color=colour, markersize=2.4)
        axes.plot(*places[-1], "o", color=colour, markersize=5)
        axes.plot(*places[0], "s", color="white", markeredgecolor=INK, markersize=6, zorder=3)
    if rows:
        shares = rows[0]["explained"]
        axes.set_xlabel(f"first component ({shares[0]:.0%} of variance)")
        axes.set_ylabel(f"second component ({shares[1]:.0%})")
        _marks(axes, rows)


def _marks(axes: Axes, rows: Rows) -> None:
    """Write the kinds beside their ends, the steps along one run, and what the marks are."""
    for name, (colour, _) in LINES.items():
        runs = [np.array(row["places"]) for row in rows if row["name"] == name]
        end = np.mean([run[-1] for run in runs], axis=0)
        above = end[1] > 0
        at = (end[0] + 5 * above, end[1] + (2.2 if above else -2.2))
        side = "bottom" if above else "top"
        note(axes, LABELS[name], at, color=colour, ha="center", va=side)
    longest = next(row for row in rows if row["name"] == "induction-2")
    for step, place in zip(longest["steps"], longest["places"], strict=True):
        if step in MARKED:
            note(axes, f"{step:g}", (place[0] - 1, place[1] + 0.4), ha="right", color=QUIET)
    axes.set(ylim=(-22, 14))
    start = rows[0]["places"][0]
    note(axes, "start", (start[0], start[1] + 1.2), ha="center")
    steps = ", ".join(f"{step:g}" for step in MARKED)
    text = f"small dots: steps {steps}\nlarge dots: the end, step {longest['steps'][-1]:g}"
    note(axes, text, (0, -18), va="bottom", color=QUIET)
