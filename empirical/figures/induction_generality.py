"""The prefix matching of heads on mapped repeats against that on literal repeats.

Across: attention on what followed the same letter when it recurs literally. Up: when it recurs in
the other case, segment by segment as in the training texts, or letter by letter.
"""

from matplotlib.figure import Figure

from empirical.figures.parts.style import BLUE, PALE, QUIET, WIDTH, Rows, note
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
    figure.set_size_inches(WIDTH * 0.8, 2.9)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for (kind, title), axes in zip(KINDS.items(), panels, strict=True):
        axes.axline((0, 0), slope=1, color=QUIET, linewidth=0.7)
        axes.axline((0, 0), slope=0.5, color=QUIET, linewidth=0.7, linestyle=(0, (1, 2)))
        for row in sorted(rows, key=lambda row: row["picked"]):
            axes.plot(
                row["matching"],
                row[kind],
                "o" if row["picked"] else "s",
                color=BLUE if row["picked"] else PALE,
                markerfacecolor=BLUE if row["picked"] else "none",
                markersize=3.5,
            )
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="literal prefix matching")
        axes.set_title(title)
    panels[0].set_ylabel("mapped prefix matching")
    note(panels[0], "best literal head\nof each run", (0.05, 0.86), color=BLUE)
    note(panels[0], "half as well", (0.42, 0.13), (0.56, 0.28), color=QUIET)
