"""Many heads of real models are sinks, positional or symbolic, and few are induction heads.

The roles of every head, by layer. A dark cell is a head that has the role, orange where the role is
told by place and blue where by symbol; elsewhere grey is the measure that the role asks for.
"""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from empirical.figures.parts.colours import FAINT, POSITIONAL, SYMBOLIC
from empirical.figures.parts.style import WIDTH, Rows
from empirical.survey.observed.rows import observed_models
from empirical.survey.report import ROLES

BY_PLACE = ("previous token", "sink", "positional")
"""Roles that are told by where a token stands; the others by what it is."""
GREYEST = 0.35
"""How dark a measure of 1 is where the head does not have the role."""


def rows() -> Rows:
    """Returns one row per head and role."""
    return [
        {
            "model": model.name,
            "layer": head.layer,
            "head": head.head,
            "role": role,
            "has": role in head.labels,
            "measure": head.means[measure].value if measure in head.means else None,
        }
        for model in observed_models()
        for head in model.heads
        for role, measure in ROLES.items()
    ]


def ready() -> bool:
    """Whether rows of a model are there."""
    return bool(observed_models())


def draw(rows: Rows, figure: Figure) -> None:
    """Draw a row of grids for each model, a grid for each role."""
    models = list(dict.fromkeys(row["model"] for row in rows))
    layers = {
        name: 1 + max(row["layer"] for row in rows if row["model"] == name) for name in models
    }
    figure.set_size_inches(WIDTH, 0.8 + 0.06 * sum(layers.values()))
    panels = figure.subplots(
        len(models), len(ROLES), squeeze=False, sharey="row", height_ratios=list(layers.values())
    )
    for down, (across, name) in enumerate(zip(panels, models, strict=True)):
        for axes, role in zip(across, ROLES, strict=True):
            own = [row for row in rows if row["model"] == name and row["role"] == role]
            axes.imshow(_cells(own, role), aspect="auto", interpolation="nearest")
            width = 1 + max(row["head"] for row in own)
            axes.set_xticks(np.arange(0, width, max(1, width // 2)))
            axes.set_yticks(np.arange(0, layers[name], 5))
            axes.set_xticks(np.arange(width + 1) - 0.5, minor=True)
            axes.set_yticks(np.arange(layers[name] + 1) - 0.5, minor=True)
            axes.grid(which="minor", color=FAINT, linewidth=0.4)
            axes.tick_params(which="both", length=0)
            count = sum(row["has"] for row in own)
            title = role.replace(" ", "\n") if down == 0 else ""
            axes.set_title(f"{title}\n{count}".strip("\n"), loc="center")
        across[0].set_ylabel(f"({'abcdefgh'[down]})  {name}\nlayer")
    figure.supxlabel("head of the layer; above each grid how many have the role")


def _cells(rows: Rows, role: str) -> np.ndarray:
    """The colour of each layer and head."""
    shape = (1 + max(row["layer"] for row in rows), 1 + max(row["head"] for row in rows), 3)
    cells = np.ones(shape)
    colour = to_rgb(POSITIONAL if role in BY_PLACE else SYMBOLIC)
    for row in rows:
        weight = min(1.0, max(0.0, row["measure"] or 0.0))
        cells[row["layer"], row["head"]] = colour if row["has"] else 1 - GREYEST * weight
    return cells
