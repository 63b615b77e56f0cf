"""Nearly every best head on literal repeats matches repeats that are mapped less well.

Across: attention on what followed the same letter when it recurs literally. Up: when it recurs in
the other case, segment by segment as in the training texts, or letter by letter.
"""

from matplotlib.figure import Figure

from empirical.figures.parts.colours import PALE, QUIET, SYMBOLIC
from empirical.figures.parts.style import WIDTH, Rows, note
from empirical.induction.collection import read
from empirical.induction.roles import induction_head, learned
from empirical.predictions.induction.literal_heads_match_mapped_repeats import NAMES

KINDS = {"translated": "each repeat in one case", "patterned": "each letter in a case of its own"}


def rows() -> Rows:
    """Returns one row per head."""
    return [
        {
            "name": run.name,
            "seed": run.seed,
            "picked": (layer, head) == induction_head(run),
            **{kind: float(run.final.tables[kind][layer, head]) for kind in ("matching", *KINDS)},
        }
        for run in read().trained
        if run.name in NAMES and learned(run)
        for layer in range(run.layers)
        for head in range(run.final.ablation.shape[1])
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel per kind of mapping; the best literal head of each run is filled."""
    figure.set_size_inches(WIDTH, 3.3)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for (kind, title), axes, letter in zip(KINDS.items(), panels, "ab", strict=True):
        axes.axline((0, 0), slope=1, color=QUIET, linewidth=0.7)
        axes.axline((0, 0), slope=0.5, color=QUIET, linewidth=0.7, linestyle=(0, (1, 2)))
        for picked, mark, colour, label in (
            (False, "s", PALE, "every other head"),
            (True, "o", SYMBOLIC, "best literal head of each run"),
        ):
            some = [row for row in rows if row["picked"] == picked]
            axes.plot(
                [row["matching"] for row in some],
                [row[kind] for row in some],
                mark,
                color=colour,
                markerfacecolor=colour if picked else "none",
                markersize=3.5,
                label=label,
            )
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="literal prefix matching")
        axes.set_title(f"({letter})  {title}")
    panels[0].set_ylabel("mapped prefix matching")
    note(panels[1], "equally well", (0.55, 0.9), (0.8, 0.8), color=QUIET, ha="right")
    note(panels[1], "half as well", (0.42, 0.6), (0.66, 0.33), color=QUIET, ha="right")
    marks = panels[0].get_legend_handles_labels()
    figure.legend(*marks, loc="outside lower center", ncols=2)
