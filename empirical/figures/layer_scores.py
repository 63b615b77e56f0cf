"""Scores of every layer during training: positional above, symbolic below.

The number and the letter task, one run each; means over inputs, of the last token.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from empirical.figures.parts.runs import ready as ready
from empirical.figures.parts.runs import runs
from empirical.figures.parts.style import BLUE, VERMILLION, WIDTH, Rows

BEHAVIOURS = {"positional": VERMILLION, "symbolic": BLUE}


def rows() -> Rows:
    """Returns one row per task, snapshot and head."""
    return [
        {
            "task": task,
            "step": int(step),
            "layer": layer,
            "head": head,
            **{name: float(run.measures[name][n, at, 0]) for name in BEHAVIOURS},
        }
        for task, run in runs().items()
        for n, step in enumerate(run.steps)
        for at, (layer, head) in enumerate(run.heads)
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one column per task; darker is a larger score."""
    figure.set_size_inches(WIDTH, 4.4)
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    for column, task in enumerate(dict.fromkeys(row["task"] for row in rows)):
        data = [row for row in rows if row["task"] == task]
        for axes, behaviour in zip(panels[:, column], BEHAVIOURS, strict=True):
            mesh = _map(axes, data, behaviour)
            if column:
                figure.colorbar(mesh, ax=axes, label=f"{behaviour} score", pad=0.02)
        panels[0, column].set_title(f"({'ab'[column]})  {task} task")
        panels[1, column].set_xlabel("training step")
    for axes in panels[:, 0]:
        axes.set_ylabel("layer")


def _map(axes: Axes, data: Rows, behaviour: str) -> QuadMesh:
    steps = sorted({row["step"] for row in data})
    scores = np.array([row[behaviour] for row in data]).reshape(len(steps), -1)
    shades = LinearSegmentedColormap.from_list(behaviour, ["white", BEHAVIOURS[behaviour]])
    layers = np.arange(scores.shape[1])
    mesh = axes.pcolormesh(
        steps, layers, scores.T, cmap=shades, vmin=0, vmax=1, shading="nearest", rasterized=True
    )
    axes.set(yticks=layers[::2], ylim=(layers[-1] + 0.5, -0.5))
    return mesh
