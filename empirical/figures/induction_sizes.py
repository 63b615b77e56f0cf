"""One layer never comes to match prefixes; two and three layers do, with MLPs and without.

The best prefix matching during training, five runs of each kind of model. Models of three layers or
with MLPs read ten letters in place of sixteen; a uniform head then matches more by chance, so their
score begins higher.
"""

from matplotlib.figure import Figure

from empirical.figures.parts.colours import ordered
from empirical.figures.parts.style import DASHED, WIDTH, Rows
from empirical.induction.collection import read

LINES = {"1": DASHED, "2": "-", "3": (0, (1, 1.2))}
"""Line of each number of layers."""


def rows() -> Rows:
    """Returns one row per run: the best score by step."""
    return [
        {
            "layers": run.name.split("-")[1],
            "mlp": run.name.endswith("-mlp"),
            "seed": run.seed,
            "letters": _letters(run.name),
            "steps": run.steps.tolist(),
            "matching": run.best("matching").tolist(),
        }
        for run in read().trained
        if run.name.removesuffix("-mlp") in {f"induction-{layers}" for layers in LINES}
    ]


def _letters(name: str) -> int:
    """Returns how many letters models of a plan read, each in two cases."""
    from empirical.training.recipes import PLANS

    return len(PLANS[name].task.entries) // 2


def draw(rows: Rows, figure: Figure) -> None:
    """Draw attention-only models on the left, models with MLPs on the right."""
    figure.set_size_inches(WIDTH, 2.5)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    shades = dict(zip(LINES, ordered(len(LINES)), strict=True))
    for mlp, axes in enumerate(panels):
        of_panel = [row for row in rows if row["mlp"] == bool(mlp)]
        for layers, line in LINES.items():
            for n, row in enumerate(row for row in of_panel if row["layers"] == layers):
                name = f"{layers} layer{'s' * (layers != '1')}, {row['letters']} letters"
                style = {"color": shades[layers], "linestyle": line, "linewidth": 1.0}
                axes.plot(row["steps"], row["matching"], label=None if n else name, **style)
        axes.set(xlabel="training step", ylim=(0, 1))
        axes.set_xlim(0, max(max(row["steps"]) for row in rows))
        axes.set_title("(b)  attention and MLPs" if mlp else "(a)  attention only")
        axes.legend(loc="center right", bbox_to_anchor=(1.0, 0.45), handlelength=2.6)
    panels[0].set_ylabel("best prefix matching")
