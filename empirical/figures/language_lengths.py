"""Most symbolic heads of real models stay so on longer prompts, though most floors are negative.

Symbolic heads at length, beside the floors of their own angles. Above, of the heads that are
symbolic on the shortest prompts and see every token, the share that still is, and the share whose
lead no arrangement of the prompt takes. Below, their leads and floors: medians, and the middle half
of the heads.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empirical.figures.parts.colours import INK, QUIET, RIGHT, SYMBOLIC
from empirical.figures.parts.style import WIDTH, Rows
from empirical.survey.observed.lengths import observed_lengths


def rows() -> Rows:
    """Returns one row per head and length."""
    return [
        {
            "model": model.name,
            "layer": head.layer,
            "head": head.head,
            "length": head.length,
            "symbolic": head.symbolic,
            "lead": head.lead.value,
            "floor": head.floor,
        }
        for model in observed_lengths()
        for head in model.heads
    ]


def ready() -> bool:
    """Whether rows of a model are there."""
    return bool(rows())


def draw(rows: Rows, figure: Figure) -> None:
    """Draw a column for each model."""
    models = list(dict.fromkeys(row["model"] for row in rows))
    figure.set_size_inches(WIDTH, 3.6)
    panels = figure.subplots(2, len(models), squeeze=False, sharex="col", sharey="row")
    for (above, below), name, letter in zip(panels.T, models, "abcdefgh", strict=False):
        own = [row for row in rows if row["model"] == name]
        lengths = sorted({row["length"] for row in own})
        by_length = [[row for row in own if row["length"] == length] for length in lengths]
        _shares(above, lengths, by_length)
        _leads(below, lengths, by_length)
        above.set_title(f"({letter})  {name}, {len(by_length[0])} heads")
        below.set_xscale("log", base=2)
        below.set_xticks(lengths, [f"{length:,}" for length in lengths])
        below.minorticks_off()
        below.set_xlabel("tokens")
    panels[0, 0].set_ylabel("share of the heads")
    panels[1, 0].set_ylabel("logit less the next")
    for axes, height in zip(panels[:, 0], (1.1, 0.98), strict=True):
        legend = axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, height))
        legend.set_in_layout(False)
    figure.set_layout_engine("constrained", hspace=0.12, rect=(0, 0, 1, 0.95))


def _shares(axes: Axes, lengths: list[int], by_length: list[Rows]) -> None:
    still = [np.mean([row["symbolic"] for row in some]) for some in by_length]
    kept = [np.mean([(row["floor"] or 0.0) > 0 for row in some]) for some in by_length]
    axes.plot(lengths, still, "o-", color=SYMBOLIC, markersize=3.5, label="symbolic here too")
    axes.plot(
        lengths,
        kept,
        "s--",
        color=RIGHT,
        markersize=3.5,
        label="no arrangement takes the lead",
    )
    axes.set_ylim(0, 1.02)


def _leads(axes: Axes, lengths: list[int], by_length: list[Rows]) -> None:
    axes.axhline(0.0, color=QUIET, linewidth=0.6)
    for name, colour, mark, title in (
        ("lead", INK, "o-", "lead as measured"),
        ("floor", RIGHT, "s--", "floor of their own angles"),
    ):
        low, middle, high = np.transpose(
            [
                np.quantile([row[name] for row in some if row[name] is not None], (0.25, 0.5, 0.75))
                for some in by_length
            ]
        )
        axes.fill_between(lengths, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(lengths, middle, mark, color=colour, markersize=3.5, label=title)
