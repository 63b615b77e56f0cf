"""The best prefix matching during training, by number of layers, without MLPs and with them.

Five runs of each kind of model. Models of three layers or with MLPs read ten letters in place of
sixteen, so their score begins higher.
"""

from matplotlib.figure import Figure

from empirical.figures.parts.style import BLUE, DASHED, INK, VERMILLION, WIDTH, Rows
from empirical.induction.collection import read

LINES = {
    "1": (INK, DASHED),
    "2": (BLUE, "-"),
    "3": (VERMILLION, "-"),
}


def rows() -> Rows:
    """Returns one row per run: the best score by step."""
    return [
        {
            "layers": run.name.split("-")[1],
            "mlp": run.name.endswith("-mlp"),
            "seed": run.seed,
            "steps": run.steps.tolist(),
            "matching": run.best("matching").tolist(),
        }
        for run in read().trained
        if run.name.removesuffix("-mlp") in {f"induction-{layers}" for layers in LINES}
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw attention-only models on the left, models with MLPs on the right."""
    figure.set_size_inches(WIDTH, 2.6)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for mlp, axes in enumerate(panels):
        for row in (row for row in rows if row["mlp"] == bool(mlp)):
            colour, line = LINES[row["layers"]]
            axes.plot(row["steps"], row["matching"], color=colour, linestyle=line, linewidth=0.9)
        axes.set(xlabel="training step", ylim=(0, 1))
        axes.set_xlim(0, max(max(row["steps"]) for row in rows))
        axes.set_title("attention and MLPs" if mlp else "attention only")
    panels[0].set_ylabel("best prefix matching")
    for layers, (colour, _) in LINES.items():
        label, place = f"{layers} layer" + "s" * (layers != "1"), 0.92 - 0.08 * int(layers)
        panels[1].text(0.05, place, label, color=colour, transform=panels[1].transAxes)
