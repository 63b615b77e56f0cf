"""With smeared keys one layer learns from context too, and two layers learn it earlier.

The in-context score during training, five runs of each kind of model.
"""

from typing import Any

from matplotlib.figure import Figure

from empirical.figures.parts.colours import INK, OTHER, QUIET
from empirical.figures.parts.style import DASHED, WIDTH, Rows
from empirical.induction.collection import read

KINDS = {
    "induction-1": (INK, DASHED),
    "induction-1-smeared": (OTHER, DASHED),
    "induction-2": (INK, "-"),
    "induction-2-smeared": (OTHER, "-"),
}


def rows() -> Rows:
    """Returns one row per run: the in-context score by step."""
    return [
        {
            "name": run.name,
            "seed": run.seed,
            "steps": run.steps.tolist(),
            "in_context": run.in_context.tolist(),
        }
        for run in read().trained
        if run.name in KINDS
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw all runs in one panel: the colour is the kind of keys, the line the number of layers."""
    figure.set_size_inches(WIDTH, 2.6)
    axes = figure.subplots()
    axes.axhline(0, color=QUIET, linewidth=0.7)
    named: set[str] = set()
    for row in rows:
        colour, line = KINDS[row["name"]]
        layers = row["name"].split("-")[1]
        kind = f"{layers} layer" + "s" * (layers != "1")
        label = kind + ", smeared keys" * ("smeared" in row["name"])
        style: dict[str, Any] = {"color": colour, "linestyle": line, "linewidth": 0.9}
        axes.plot(row["steps"], row["in_context"], label=None if label in named else label, **style)
        named.add(label)
    axes.set(xlabel="training step", ylabel="in-context score (nats)")
    axes.set(xlim=(0, max(max(row["steps"]) for row in rows)), ylim=(-1.65, 0.75))
    axes.legend(loc="upper center", ncols=2, handlelength=2.6)
