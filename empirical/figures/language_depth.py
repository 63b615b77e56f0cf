"""Where a layer of a real model is less positional it is more symbolic; loss hangs on few heads.

Above, scores and the weight on the first token, means over the heads of a layer; below, by what the
loss on second copies is multiplied where one head is removed.
"""

import numpy as np
from matplotlib.figure import Figure

from empirical.figures.parts.colours import POSITIONAL, QUIET, SYMBOLIC
from empirical.figures.parts.style import WIDTH, Rows
from empirical.survey.observed.rows import observed_models

LINES = {
    "token_positional": ("positional", POSITIONAL, "o", "-"),
    "token_symbolic": ("symbolic", SYMBOLIC, "s", "-"),
    "first": ("weight on the first token", QUIET, None, "--"),
}
"""Measures with their names, colours, marks and lines."""


def rows() -> Rows:
    """Returns one row per head."""
    return [
        {
            "model": model.name,
            "layer": head.layer,
            "head": head.head,
            "induction": "induction" in head.labels,
            "without": None if head.without is None else head.without.value,
            **{name: head.means[name].value for name in LINES if name in head.means},
        }
        for model in observed_models()
        for head in model.heads
    ]


def ready() -> bool:
    """Whether rows of a model are there."""
    return bool(observed_models())


def draw(rows: Rows, figure: Figure) -> None:
    """Draw a column for each model."""
    models = list(dict.fromkeys(row["model"] for row in rows))
    figure.set_size_inches(WIDTH, 3.7)
    panels = figure.subplots(2, len(models), squeeze=False, sharex="col", sharey="row")
    for (above, below), name, letter in zip(panels.T, models, "abcdefgh", strict=False):
        own = [row for row in rows if row["model"] == name]
        layers = range(1 + max(row["layer"] for row in own))
        for measure, (title, colour, mark, line) in LINES.items():
            by_layer = [
                [row[measure] for row in own if row["layer"] == layer and measure in row]
                for layer in layers
            ]
            means = [np.mean(in_layer) if in_layer else np.nan for in_layer in by_layer]
            above.plot(
                layers,
                means,
                line,
                color=colour,
                marker=mark,
                markersize=3,
                linewidth=1.2,
                label=title,
            )
        above.set(title=f"({letter})  {name}", ylim=(0, 1.02))
        for has, colour, mark, title in (
            (False, QUIET, ".", "other heads"),
            (True, SYMBOLIC, "^", "induction heads"),
        ):
            some = [row for row in own if row["induction"] == has and row["without"] is not None]
            places = [row["layer"] for row in some], [row["without"] for row in some]
            below.plot(*places, mark, color=colour, markersize=4.5 if has else 3, label=title)
        below.set(xlabel="layer")
        below.set_yscale("log", base=2)
        below.yaxis.set_major_formatter("{x:g}")
        below.set_xticks(layers[::5])
    panels[0, 0].set_ylabel("mean over the heads")
    panels[1, 0].set_ylabel("loss without the head,\nin units of that with it")
    for axes, height in zip(panels[:, 0], (1.1, 0.98), strict=True):
        legend = axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, height))
        legend.set_in_layout(False)
    figure.set_layout_engine("constrained", hspace=0.12, rect=(0, 0, 1, 0.95))
