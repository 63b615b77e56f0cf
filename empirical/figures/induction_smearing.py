"""The in-context score during training, with plain and with smeared keys, of one and two layers.

Five runs of each kind of model.
"""

from matplotlib.figure import Figure

from empirical.figures.parts.style import DASHED, INK, QUIET, VERMILLION, Rows
from empirical.induction.collection import read

KINDS = {
    "induction-1": (INK, DASHED),
    "induction-1-smeared": (VERMILLION, DASHED),
    "induction-2": (INK, "-"),
    "induction-2-smeared": (VERMILLION, "-"),
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
    figure.set_size_inches(4.6, 3.0)
    axes = figure.subplots()
    axes.axhline(0, color=QUIET, linewidth=0.7)
    for row in rows:
        colour, line = KINDS[row["name"]]
        axes.plot(row["steps"], row["in_context"], color=colour, linestyle=line, linewidth=0.9)
    axes.set(xlabel="training step", ylabel="in-context score (nats)")
    axes.set(xlim=(0, max(max(row["steps"]) for row in rows)), ylim=(-1.6, 0.45))
    for place, (name, (colour, line)) in enumerate(KINDS.items()):
        layers = name.split("-")[1]
        label = f"{layers} layer" + "s" * (layers != "1") + ", smeared keys" * ("smeared" in name)
        across, up = 0.04 + 0.47 * (place // 2), 0.94 - 0.08 * (place % 2)
        axes.plot(
            [across, across + 0.06],
            [up, up],
            color=colour,
            linestyle=line,
            linewidth=0.9,
            transform=axes.transAxes,
        )
        axes.text(
            across + 0.08,
            up,
            label,
            color=colour,
            fontsize=8.5,
            va="center",
            transform=axes.transAxes,
        )
