"""The first five layers of number use the fastest planes most; other layers use theirs evenly.

The number and the letter task, one run each, after training. The use of a plane is the norm of its
logits, of the last token; published angles are from urrutia2026heads.
"""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from empirical.figures.parts.colours import INK, POSITIONAL, QUIET, SYMBOLIC, amounts
from empirical.figures.parts.runs import ready as ready
from empirical.figures.parts.runs import runs
from empirical.figures.parts.style import WIDTH, Rows
from empirical.trajectories.published_claims import ANGLES


def rows() -> Rows:
    """Returns one row per task and head."""
    return [
        {
            "task": task,
            "layer": layer,
            "head": head,
            "angles": run.turning.tolist(),
            "use": run.use[-1, at].tolist(),
            "mean_angle": _known(run.angles["mean_angle"][-1, at]),
            "main_angle": float(run.angles["main_angle"][-1, at]),
            "published": ANGLES[task][layer],
        }
        for task, run in runs().items()
        for at, (layer, head) in enumerate(run.heads)
    ]


def _known(angle: float) -> float | None:
    """Returns the angle as JSON; a head whose logits are all 0 has none."""
    return None if math.isnan(angle) else float(angle)


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel per task; darker is a larger share of a layer's use."""
    figure.set_size_inches(WIDTH, 3.4)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    uses = [use for row in rows for use in row["use"] if use > 0]
    norm = LogNorm(min(uses), max(uses))
    for column, task in enumerate(dict.fromkeys(row["task"] for row in rows)):
        axes = panels[column]
        mesh = _map(axes, [row for row in rows if row["task"] == task], norm)
        axes.set_title(f"({'ab'[column]})  {task} task")
        axes.set_xlabel("layer")
    figure.colorbar(mesh, ax=panels, label="share of the layer's use", pad=0.01, format="{x:g}")
    panels[0].set_ylabel("angle θ (radians per position)")
    marks = panels[0].get_legend_handles_labels()
    figure.legend(*marks, loc="outside lower center", ncols=3)


def _map(axes: Axes, data: Rows, norm: LogNorm) -> QuadMesh:
    colour = POSITIONAL if data[0]["task"] == "number" else SYMBOLIC
    use = np.array([row["use"] for row in data])
    angles = np.array(data[0]["angles"])
    turning = angles > 0  # unrotated channels, of angle 0, have no place on a logarithmic axis
    heads = np.arange(len(data))
    axes.set_facecolor("white")  # of planes without use, which have no logarithm
    used = np.ma.masked_equal(use.T[turning], 0)
    mesh = axes.pcolormesh(
        heads, angles[turning], used, cmap=amounts(QUIET), norm=norm, rasterized=True
    )
    axes.set_yscale("log")
    for name, mark, color, label in (
        ("published", "x", INK, "published angle"),
        ("main_angle", "o", colour, "most used angle"),
        ("mean_angle", "_", colour, "mean angle"),
    ):
        values = np.array([row[name] for row in data], dtype=float)
        axes.plot(heads, values, mark, color=color, label=label, markerfacecolor="none")
    axes.set_xticks(heads[::2])
    return mesh
