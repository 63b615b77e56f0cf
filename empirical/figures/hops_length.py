"""The share of walks of several hops that are proved right on every input, by length.

Lines: networks of one head per layer that were trained towards a certificate, and one that was only
trained to answer, of which nothing is proved.
"""

from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from empirical.figures.parts.style import BLUE, DASHED, INK, QUIET, VERMILLION, WIDTH, Rows
from empirical.shipped.hops_table import table

MARKS = "os^vD*PX<>hd"
TRAINED = 32
"""Tokens: the longest inputs that were trained on."""


def rows() -> Rows:
    """Returns one row per network: the share of walks proved by length."""
    return [
        {
            "network": name,
            "lengths": list(known.lengths),
            "share": [found.proved / found.walks for found in known.lengths.values()],
        }
        for name, known in sorted(table().items())
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one line per network."""
    figure.set_size_inches(WIDTH, 2.8)
    axes = figure.subplots()
    for mark, row in zip(MARKS, rows, strict=False):
        name = row["network"]
        colour = QUIET if name.endswith("plain") else BLUE if "letter" in name else VERMILLION
        line = DASHED if name.endswith("gptj") else "-"
        axes.plot(
            row["lengths"],
            row["share"],
            color=colour,
            linestyle=line,
            marker=mark,
            markersize=4,
            label=name,
        )
    axes.axvline(TRAINED, color=INK, linewidth=0.7, linestyle=(0, (2, 2)))
    axes.set(
        xscale="log", ylim=(-0.03, 1.05), xlabel="length (tokens)", ylabel="share of walks proved"
    )
    axes.set_xticks(sorted({length for row in rows for length in row["lengths"]}))
    axes.minorticks_off()
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.text(TRAINED, 1.07, "longest trained", ha="center", fontsize=8.0)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
