"""Accuracy at longer inputs along training goes on rising in letter, and does not in number.

Above: three runs of the published recipe (urrutia2026heads), mean and range, by input length.
Below: one length, by recipe: the largest learning rate and the number of steps.
"""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empirical.figures.parts.colours import INK, OTHER, QUIET, ordered
from empirical.figures.parts.observed import ready as ready
from empirical.figures.parts.observed import runs
from empirical.figures.parts.style import DASHED, WIDTH, Rows, note
from empirical.trajectories.published_claims import LONGER

TASKS = ("number", "letter")
SHOWN = (17, 64, 128, 256, 850)
"""Lengths of the upper panels, in tokens."""
LINE = 0.105
"""Height of a label, in units of accuracy."""
PUBLISHED = (6000, 1e-4)
"""Steps and rate of the published recipe."""


def rows() -> Rows:
    """Returns one row per run, snapshot and length."""
    return [
        {
            "task": run.task,
            "steps": run.steps,
            "rate": run.learning_rate,
            "seed": run.seed,
            "step": row.step,
            "length": length,
            "right": count.correct,
            "inputs": count.total,
        }
        for run in runs()
        for row in run.rows
        for length, count in row.lengths.items()
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one column per task: lengths above, recipes below."""
    figure.set_size_inches(WIDTH, 3.2)
    panels = figure.subplots(2, 2, sharey=True)
    for column, task in enumerate(TASKS):
        of_task = [row for row in rows if row["task"] == task]
        above, below = panels[:, column]
        _lengths(above, [r for r in of_task if (r["steps"], r["rate"]) == PUBLISHED])
        _recipes(below, [r for r in of_task if r["length"] == LONGER[task]])
        above.set_title(f"({'ab'[column]})  {task} task, published recipe")
        below.set_title(f"({'cd'[column]})  {task} task, {LONGER[task]} tokens")
        below.set_xlabel("training step")
    for axes in panels[:, 0]:
        axes.set_ylabel("accuracy")


def _lengths(axes: Axes, data: Rows) -> None:
    shades = ordered(len(SHOWN))
    for length, shade in zip(SHOWN, shades, strict=True):
        steps, shares = _by_step([row for row in data if row["length"] == length])
        axes.fill_between(steps, shares.min(axis=1), shares.max(axis=1), color=shade, alpha=0.2)
        axes.plot(steps, shares.mean(axis=1), color=shade, label=f"{length} tokens")
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlim(-100, 8400)  # the labels stand beside the last points
    ends = [_by_step([row for row in data if row["length"] == n])[1][-1].mean() for n in SHOWN]
    for length, height, shade in zip(SHOWN, _apart(ends), shades, strict=True):
        note(axes, f"{length} tokens", (6200, height), color=shade, va="center")


def _apart(heights: list[float]) -> list[float]:
    """Returns heights for labels, given from the highest down, so that none covers the next."""
    moved: list[float] = []
    for height in heights:
        highest = moved[-1] - LINE if moved else math.inf
        moved.append(min(height, highest))
    return moved


def _by_step(data: Rows) -> tuple[list[int], np.ndarray]:
    """Returns the steps, and of each the shares of right answers of all runs."""
    steps = sorted({row["step"] for row in data})
    shares = [[r["right"] / r["inputs"] for r in data if r["step"] == step] for step in steps]
    return steps, np.array(shares)


def _recipes(axes: Axes, data: Rows) -> None:
    named: set[str] = set()
    for steps, rate, seed in sorted({(r["steps"], r["rate"], r["seed"]) for r in data}):
        run = [r for r in data if (r["steps"], r["rate"], r["seed"]) == (steps, rate, seed)]
        published, longer = (steps, rate) == PUBLISHED, steps > PUBLISHED[0]
        name = f"rate {rate:g}, {steps:,} steps"
        axes.plot(
            [row["step"] for row in run],
            [row["right"] / row["inputs"] for row in run],
            color=INK if published else QUIET if longer else OTHER,
            linestyle=DASHED if longer else "-",
            linewidth=1.0 if published else 1.5,
            label=None if name in named else name,
        )
        named.add(name)
    below = any(row["steps"] > PUBLISHED[0] for row in data)  # three labels, under the curves
    if below:
        axes.legend(loc="lower right", bbox_to_anchor=(1.02, -0.08), labelspacing=0.2)
    else:
        axes.legend(loc="upper left", bbox_to_anchor=(0.0, 1.05), labelspacing=0.2)
