"""The scores of the two heads of the circuit during training, positional and symbolic.

The previous-token head and the induction head of two-layer runs that learned from context, and
where the induction head comes to match.
"""

import math

from matplotlib.figure import Figure

from empirical.figures.parts.style import BLUE, DASHED, SHADE, VERMILLION, WIDTH, Rows
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


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel per head; the shaded region holds the changes of all runs."""
    figure.set_size_inches(WIDTH, 2.5)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    changes = [row for row in rows if row["middle"] is not None]
    for role, axes in zip(ROLES, panels, strict=True):
        if changes:
            axes.axvspan(
                min(row["middle"] - row["width"] / 2 for row in changes),
                max(row["middle"] + row["width"] / 2 for row in changes),
                color=SHADE,
                linewidth=0,
            )
        for row in (row for row in rows if row["role"] == role):
            axes.plot(row["steps"], row["positional"], color=BLUE, linewidth=0.9)
            axes.plot(
                row["steps"], row["symbolic"], color=VERMILLION, linewidth=0.9, linestyle=DASHED
            )
        axes.set(xlabel="training step", ylim=(-0.02, 1.05))
        axes.set_xlim(0, max(max(row["steps"]) for row in rows))
        axes.set_title(role)
    panels[0].set_ylabel("score")
    for axes, upper, lower in (
        (panels[0], "positional", "symbolic"),
        (panels[1], "symbolic", "positional"),
    ):
        for text, height in ((upper, 0.85), (lower, 0.08)):
            colour = BLUE if text == "positional" else VERMILLION
            axes.text(0.7, height, text, color=colour, transform=axes.transAxes)
