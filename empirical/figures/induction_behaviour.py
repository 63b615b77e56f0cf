"""In every run the previous-token head becomes positional and the induction head symbolic.

Two-layer runs that learned from context: the two scores of both heads during training, and where
the induction head comes to match.
"""

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empirical.figures.parts.colours import POSITIONAL, REGION, SYMBOLIC
from empirical.figures.parts.style import DASHED, WIDTH, Rows
from empirical.induction.change_point import change_point
from empirical.induction.collection import read
from empirical.induction.roles import induction_head, learned, previous_token_head

NAME = "induction-2"
ROLES = {"previous-token head": previous_token_head, "induction head": induction_head}


def rows() -> Rows:
    """Returns one row per run and head: both scores by step, and the change."""
    table = []
    for run in read().trained:
        if run.name == NAME and learned(run):
            change = change_point(run.steps, run.best("matching"))
            known = math.isfinite(change.middle)
            for role, of in ROLES.items():
                at = (slice(None), *of(run))
                table.append(
                    {
                        "seed": run.seed,
                        "role": role,
                        "steps": run.steps.tolist(),
                        "positional": run.tables["positional"][at].tolist(),
                        "symbolic": run.tables["symbolic"][at].tolist(),
                        "middle": change.middle if known else None,
                        "width": change.width if known else None,
                    }
                )
    return table


SCORES = {"positional": (POSITIONAL, "-"), "symbolic": (SYMBOLIC, DASHED)}


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel per head; the shaded region holds the changes of all runs."""
    figure.set_size_inches(WIDTH, 2.3)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for role, axes, letter in zip(ROLES, panels, "ab", strict=True):
        of_role = [row for row in rows if row["role"] == role]
        _changes(axes, of_role)
        for score, (colour, line) in SCORES.items():
            _runs(axes, of_role, score, colour, line)
        axes.set(xlabel="training step", ylim=(-0.02, 1.05))
        axes.set_xlim(0, max(max(row["steps"]) for row in rows))
        axes.set_title(f"({letter})  {role}")
    panels[0].set_ylabel("score")
    marks = panels[0].get_legend_handles_labels()
    figure.legend(*marks, loc="outside lower center", ncols=3, handlelength=2.6)


def _changes(axes: Axes, rows: Rows) -> None:
    changes = [row for row in rows if row["middle"] is not None]
    if changes:
        axes.axvspan(
            min(row["middle"] - row["width"] / 2 for row in changes),
            max(row["middle"] + row["width"] / 2 for row in changes),
            color=REGION,
            linewidth=0,
            label="a run comes to match",
        )


def _runs(axes: Axes, rows: Rows, score: str, colour: str, line: Any) -> None:
    """Draw the median over the runs, the range, and each run thinly."""
    values = np.array([row[score] for row in rows])
    steps = rows[0]["steps"]
    low, high = values.min(axis=0), values.max(axis=0)
    axes.fill_between(steps, low, high, color=colour, alpha=0.12, linewidth=0)
    axes.plot(steps, values.T, color=colour, linewidth=0.35, alpha=0.6)
    label = f"{score}: median, range"
    axes.plot(steps, np.median(values, axis=0), color=colour, linestyle=line, label=label)
