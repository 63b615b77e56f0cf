"""Most induction heads cost in-context score when they are set to zero, other heads hardly any.

Every head of the runs of each kind of model that learned from context, at the end of training; all
attention weights are kept while one head's output is zero.
"""

from matplotlib.figure import Figure

from empirical.figures.parts.colours import PALE, QUIET, SYMBOLIC
from empirical.figures.parts.style import WIDTH, Rows
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
    for name, axes, letter in zip(NAMES, panels, "abcd", strict=True):
        axes.axhline(0, color=QUIET, linewidth=0.7)
        for filled, mark, colour, label in (
            (False, "s", PALE, "other heads"),
            (True, "o", SYMBOLIC, "induction heads"),
        ):
            some = [row for row in rows if (row["name"], row["induction"]) == (name, filled)]
            axes.plot(
                [row["matching"] for row in some],
                [row["cost"] for row in some],
                mark,
                color=colour,
                markerfacecolor=colour if filled else "none",
                markersize=3.2,
                label=label,
            )
        kind = name.removeprefix("induction-").replace("-mlp", " layers, MLPs")
        axes.set_title(f"({letter})  {kind}" + " layers" * ("mlp" not in name))
        axes.set_xlabel("prefix matching")
    panels[0].set_ylabel("added to the\nin-context score (nats)")
    marks = panels[0].get_legend_handles_labels()
    figure.legend(*marks, loc="outside lower center", ncols=2)
