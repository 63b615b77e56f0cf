"""Networks trained for a certificate are proved right on nearly all walks of twice the length.

The share of walks of several hops that are proved right on every input, by length. Lines: networks
of one head per layer that were trained towards a certificate, and one that was only trained to
answer, of which nothing is proved; dotted, the longest trained. The checker has shown what filled
marks say; hollow ones say what the search finds, unchecked, of longer inputs.
"""

from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from empirical.figures.parts.colours import INK, POSITIONAL, QUIET, SYMBOLIC
from empirical.figures.parts.style import DASHED, WIDTH, Rows
from empirical.shipped import hops_horizon
from empirical.shipped.hops_table import table

MARKS = "os^vD*PX<>hd"
TRAINED = 32
"""Tokens: the longest inputs that were trained on."""


def rows() -> Rows:
    """Returns one row per network: the share of walks by length, checked ones first."""
    data: Rows = []
    for name, known in sorted(table().items()):
        far = hops_horizon.table()[name]
        longer = [length for length in hops_horizon.LENGTHS if length > max(known.lengths)]
        shares = [count.proved / count.walks for count in known.lengths.values()]
        data.append(
            {
                "network": name,
                "lengths": [*known.lengths, *longer],
                "checked": len(known.lengths),
                "share": [*shares, *(far.found(length) / far.walks for length in longer)],
            }
        )
    return data


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one line per network."""
    figure.set_size_inches(WIDTH, 2.0)
    axes = figure.subplots()
    for mark, row in zip(MARKS, rows, strict=False):
        name = row["network"]
        colour = QUIET if name.endswith("plain") else SYMBOLIC if "letter" in name else POSITIONAL
        line = DASHED if name.endswith("gptj") else "-"
        lines = axes.plot(
            row["lengths"],
            row["share"],
            color=colour,
            linestyle=line,
            marker=mark,
            markersize=4,
            label=name,
        )
        (longer,) = axes.plot(row["lengths"][row["checked"] :], row["share"][row["checked"] :])
        longer.update_from(lines[0])
        longer.set(linestyle="", markerfacecolor="white", label="")
    axes.axvline(TRAINED, color=INK, linewidth=0.7, linestyle=(0, (2, 2)))
    axes.set(xscale="log", ylim=(-0.03, 1.05), xlabel="length (tokens)", ylabel="share of walks")
    axes.set_xticks([8, 16, 32, 64, 128, 256])
    axes.minorticks_off()
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.text(TRAINED, 1.07, "longest trained", ha="center")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
