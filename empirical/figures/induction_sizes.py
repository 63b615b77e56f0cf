"""The same change in every model deep enough for it.

Best prefix-matching score of a head while training; five runs of each kind of model. With three
layers or MLPs they read ten letters in place of sixteen, so the score begins higher.
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
    """One row for each run: the best score by step."""
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
    """Attention alone to the left, with MLPs to the right."""
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
        said, place = f"{layers} layer" + "s" * (layers != "1"), 0.92 - 0.08 * int(layers)
        panels[1].text(0.05, place, said, color=colour, transform=panels[1].transAxes)
