"""Angles and entropy of every layer during training: in number, the first layers turn fast.

The number and the letter task, one run each; means over inputs, of the last token. A head's angle
is the mean of its planes' angles, weighted by their use; its entropy is that of its attention
weights, 1 where they are uniform.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from empirical.figures.parts.runs import ready as ready
from empirical.figures.parts.runs import runs
from empirical.figures.parts.style import WIDTH, Rows

MEASURES = {"angle": "mean angle, radians per position", "entropy": "entropy / log n"}
TICKS = {"angle": (0.05, 0.1, 0.2, 0.4, 0.8), "entropy": (0, 0.25, 0.5, 0.75, 1)}
SHADES = {"angle": LogNorm(0.04, 0.8), "entropy": Normalize(0.0, 1.0)}


def rows() -> Rows:
    """Returns one row per task, snapshot and head; the angle is ``None`` where no plane is used."""
    return [
        {
            "task": task,
            "step": int(step),
            "layer": layer,
            "head": head,
            "angle": None if np.isnan(angle := run.angles["mean_angle"][n, at]) else float(angle),
            "entropy": float(run.measures["entropy"][n, at, 0]),
        }
        for task, run in runs().items()
        for n, step in enumerate(run.steps)
        for at, (layer, head) in enumerate(run.heads)
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one column per task: angles above, entropies below."""
    figure.set_size_inches(WIDTH, 4.4)
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    for column, task in enumerate(dict.fromkeys(row["task"] for row in rows)):
        data = [row for row in rows if row["task"] == task]
        for axes, measure in zip(panels[:, column], MEASURES, strict=True):
            mesh = _map(axes, data, measure)
            if column:
                bar = figure.colorbar(mesh, ax=axes, label=MEASURES[measure], pad=0.02)
                bar.set_ticks(TICKS[measure], labels=[f"{tick:g}" for tick in TICKS[measure]])
                bar.minorticks_off()
        panels[0, column].set_title(f"({'ab'[column]})  {task} task")
        panels[1, column].set_xlabel("training step")
    for axes in panels[:, 0]:
        axes.set_ylabel("layer")


def _map(axes: Axes, data: Rows, measure: str) -> QuadMesh:
    steps = sorted({row["step"] for row in data})
    values = np.array([row[measure] for row in data], dtype=np.float64).reshape(len(steps), -1)
    layers, shades = np.arange(values.shape[1]), SHADES[measure]
    mesh = axes.pcolormesh(steps, layers, values.T, norm=shades, shading="nearest", rasterized=True)
    axes.set(yticks=layers[::2], ylim=(layers[-1] + 0.5, -0.5))
    return mesh
