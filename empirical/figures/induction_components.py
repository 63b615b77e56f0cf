"""Losses of single tokens during training, along their first two principal components.

One line per run, from initial weights to the end; the components are of all snapshots of all
runs on the same sixteen letters, as in olsson2022induction.
"""

from matplotlib.figure import Figure

from empirical.figures.parts.style import BLUE, DASHED, INK, VERMILLION, Rows
from empirical.induction.collection import read

LINES = {
    "induction-1": (INK, DASHED),
    "induction-2": (BLUE, "-"),
    "induction-1-smeared": (VERMILLION, "-"),
}
LABELS = {
    "induction-1": "1 layer",
    "induction-2": "2 layers",
    "induction-1-smeared": "1 layer, smeared keys",
}


def rows() -> Rows:
    """Returns one row per run: the coordinates of its snapshots, and the variance explained."""
    collection = read()
    return [
        {
            "name": name,
            "seed": seed,
            "places": places.tolist(),
            "explained": list(collection.explained),
        }
        for (name, seed), places in collection.components.items()
        if name in LINES
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel with a dot where each run ends."""
    figure.set_size_inches(4.4, 3.4)
    axes = figure.subplots()
    for row in rows:
        colour, line = LINES[row["name"]]
        first, second = zip(*row["places"], strict=True)
        axes.plot(first, second, color=colour, linestyle=line, linewidth=0.9)
        axes.plot(first[-1], second[-1], "o", color=colour, markersize=4)
    for place, (name, label) in enumerate(LABELS.items()):
        axes.text(0.55, 0.24 - 0.08 * place, label, color=LINES[name][0], transform=axes.transAxes)
    if rows:
        shares = rows[0]["explained"]
        axes.set_xlabel(f"first component ({shares[0]:.0%} of variance)")
        axes.set_ylabel(f"second component ({shares[1]:.0%})")
