"""Draws a measure of every layer during training as a map, one column per task."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure

from empirical.figures.parts.style import WIDTH, Rows


@dataclass(frozen=True)
class Shading:
    """How one measure is drawn.

    Attributes:
        label: of its colour bar.
        colours: a colour map, or the name of one.
        norm: from values to colours.
        ticks: of its colour bar; by default matplotlib's.
    """

    label: str
    colours: Colormap | str
    norm: Normalize
    ticks: tuple[float, ...] = ()


def draw_maps(rows: Rows, figure: Figure, measures: Mapping[str, Shading]) -> None:
    """Draw one column per task and one row per measure.

    Args:
        rows: one per task, step and layer, with the layer, the step and every measure.
        figure: an empty one.
        measures: by their name in the rows.
    """
    figure.set_size_inches(WIDTH, 3.9)
    panels = figure.subplots(len(measures), 2, sharex=True, sharey=True)
    for column, task in enumerate(dict.fromkeys(row["task"] for row in rows)):
        data = [row for row in rows if row["task"] == task]
        for axes, (name, shading) in zip(panels[:, column], measures.items(), strict=True):
            mesh = _map(axes, data, name, shading)
            if column:
                bar = figure.colorbar(mesh, ax=axes, label=shading.label, pad=0.02)
                if shading.ticks:
                    bar.set_ticks(shading.ticks, labels=[f"{tick:g}" for tick in shading.ticks])
                    bar.minorticks_off()
        panels[0, column].set_title(f"({'ab'[column]})  {task} task")
        panels[-1, column].set_xlabel("training step")
    for axes in panels[:, 0]:
        axes.set_ylabel("layer")


def _map(axes: Axes, data: Rows, name: str, shading: Shading) -> QuadMesh:
    steps = sorted({row["step"] for row in data})
    values = np.array([row[name] for row in data], dtype=np.float64).reshape(len(steps), -1)
    layers = np.arange(values.shape[1])
    mesh = axes.pcolormesh(
        steps, layers, values.T, cmap=shading.colours, norm=shading.norm, shading="nearest",
        rasterized=True,
    )  # fmt: skip
    axes.set(yticks=layers[::2], ylim=(layers[-1] + 0.5, -0.5))
    return mesh
