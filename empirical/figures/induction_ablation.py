"""The cost of setting one head to zero while all attention weights are kept.

Every head of the runs of each kind of model that learned from context, at the end of training.
"""

from matplotlib.figure import Figure

from empirical.figures.parts.style import BLUE, PALE, QUIET, WIDTH, Rows
from empirical.induction.collection import read
from empirical.induction.roles import induction_heads, learned
from empirical.predictions.induction.ablation_falls_on_induction_heads import NAMES


def rows() -> Rows:
    """Returns one row per head."""
    return [
        {
            "name": run.name,
            "seed": run.seed,
            "layer": layer,
            "head": head,
            "matching": float(run.final.tables["matching"][layer, head]),
            "cost": float(run.final.ablation[layer, head]),
            "induction": bool(induction_heads(run)[layer, head]),
        }
        for run in read().trained
        if run.name in NAMES and learned(run)
        for layer in range(run.layers)
        for head in range(run.final.ablation.shape[1])
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel per kind of model; the marks of induction heads are filled."""
    figure.set_size_inches(WIDTH, 2.3)
    panels = figure.subplots(1, len(NAMES), sharex=True, sharey=True)
    for name, axes in zip(NAMES, panels, strict=True):
        axes.axhline(0, color=QUIET, linewidth=0.7)
        for row in (row for row in rows if row["name"] == name):
            filled = row["induction"]
            axes.plot(
                row["matching"],
                row["cost"],
                "o" if filled else "s",
                color=BLUE if filled else PALE,
                markerfacecolor=BLUE if filled else "none",
                markersize=3.5,
                zorder=3 if filled else 2,
            )
        axes.set_title(name.removeprefix("induction-").replace("-mlp", " layers, MLPs"))
        axes.set_xlabel("prefix matching")
        if "mlp" not in name:
            axes.set_title(name.removeprefix("induction-") + " layers")
    panels[0].set_ylabel("added to the\nin-context score (nats)")
