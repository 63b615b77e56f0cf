"""Draws every head of a model as a cell, one grid of layers and heads for each measure."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from empirical.figures.parts.colours import FAINT, POSITIONAL, QUIET, SYMBOLIC, WRONG, amounts
from empirical.figures.parts.style import WIDTH, Rows, render
from empirical.survey.report import HeadReport

GRIDS = {
    "token_positional": ("positional", POSITIONAL),
    "token_symbolic": ("symbolic", SYMBOLIC),
    "first": ("on the first token", QUIET),
    "previous": ("on the token before", POSITIONAL),
    "prefix": ("on what followed", SYMBOLIC),
    "duplicate": ("on earlier occurrences", SYMBOLIC),
    "entropy": ("normalised entropy", QUIET),
    "removed": ("$\\log_2$ loss without it", WRONG),
}
"""Measures in the order of the panels, with titles and colours; dark is 1."""


def rows(heads: Sequence[HeadReport]) -> Rows:
    """Returns one row per head, with the measures of ``GRIDS`` that exist.

    Args:
        heads: all heads of a model at one length.
    """
    return [
        {
            "layer": head.layer,
            "head": head.head,
            **{name: head.means[name].value for name in GRIDS if name in head.means},
            **(
                {"removed": max(0.0, float(np.log2(head.effects["zero"].copies.value)))}
                if "zero" in head.effects
                else {}
            ),
        }
        for head in heads
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one grid for each measure that some head has."""
    drawn = [name for name in GRIDS if any(name in row for row in rows)]
    layers, width = (1 + max(row[name] for row in rows) for name in ("layer", "head"))
    down = -(-len(drawn) // 4)
    figure.set_size_inches(WIDTH, down * min(7.0, 1.1 + 0.085 * layers))
    panels = figure.subplots(down, 4, sharex=True, sharey=True, squeeze=False).ravel()
    for axes in panels[len(drawn) :]:
        axes.set_visible(False)
    for axes, name in zip(panels, drawn, strict=False):
        grid = np.full((layers, width), np.nan)
        for row in rows:
            grid[row["layer"], row["head"]] = row.get(name, np.nan)
        title, colour = GRIDS[name]
        axes.pcolormesh(grid, cmap=amounts(colour), vmin=0, vmax=1, edgecolors=FAINT, linewidth=0.3)
        axes.set_title(title)
        axes.set(ylim=(layers, 0))
        axes.set_xticks(np.arange(0, width, max(1, width // 4)) + 0.5, labels=None)
        axes.set_xticklabels(range(0, width, max(1, width // 4)))
        axes.set_yticks(np.arange(0, layers, max(1, layers // 6)) + 0.5)
        axes.set_yticklabels(range(0, layers, max(1, layers // 6)))
    for axes in panels[::4]:
        axes.set_ylabel("layer")
    figure.supxlabel("head")


def pictures(heads: Sequence[HeadReport]) -> dict[str, bytes]:
    """Returns the finished files by suffix, of the longest length.

    Args:
        heads: all heads of a model.
    """
    longest = max(head.length for head in heads)
    title = f"Every head of a model at {longest} tokens"
    return render(draw, rows([head for head in heads if head.length == longest]), title)
