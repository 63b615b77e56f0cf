"""How many answers stay right without a head: late in training hardly any hang on one.

One head per layer is silenced: its output becomes zero. Runs of the published recipe, first seed.
"""

import numpy as np
from matplotlib.figure import Figure

from empirical.figures.length_over_training import PUBLISHED, TASKS
from empirical.figures.parts.colours import RIGHT, amounts
from empirical.figures.parts.observed import ready as ready
from empirical.figures.parts.observed import runs
from empirical.figures.parts.style import WIDTH, Rows
from empirical.heads.silenced import WAYS


def rows() -> Rows:
    """Returns one row per run of the published recipe, snapshot, way and head."""
    return [
        {
            "task": run.task,
            "seed": run.seed,
            "step": row.step,
            "way": way,
            "layer": layer,
            "head": head,
            "right": sum(row.without[way][n]),
            "whole": sum(count.correct for count in row.accuracy.values())
            / sum(count.total for count in row.accuracy.values()),
            "inputs": run.without_inputs,
        }
        for run in runs()
        if (run.steps, run.learning_rate) == PUBLISHED
        for row in run.rows
        for way in WAYS
        for n, (layer, head) in enumerate(run.heads)
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw layer against step for each task; colour is the share of right answers."""
    figure.set_size_inches(WIDTH, 2.4)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, task, letter in zip(panels, TASKS, "ab", strict=True):
        data = [r for r in rows if (r["task"], r["way"], r["seed"]) == (task, WAYS[0], 0)]
        steps = sorted({row["step"] for row in data})
        layers = sorted({row["layer"] for row in data})
        shares = np.array(
            [[r["right"] / r["inputs"] for r in data if r["layer"] == layer] for layer in layers]
        )
        whole = [next(r["whole"] for r in data if r["step"] == step) for step in steps]
        drawn = np.vstack((shares, whole))
        image = axes.pcolormesh(
            steps, [*layers, len(layers)], drawn, vmin=0, vmax=1, cmap=amounts(RIGHT)
        )
        axes.set_title(f"({letter})  {task} task")
        axes.set_xlabel("training step")
    panels[0].set_yticks([*layers, len(layers)], [*(f"L{n}" for n in layers), "all heads"])
    panels[0].set_ylabel("without the head of")
    figure.colorbar(image, ax=panels, label="share of right answers")
