"""Defines the style of every figure, and renders figures to bytes that depend on their rows alone.

Blue and vermillion differ for colour-blind readers and, one darker than the other, in print
without colour; a second mark, such as dashes, a shape or a label, always carries the same
information.
"""

import io
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

Rows = list[dict[str, Any]]
Place = tuple[
    float | int, float | int
]  # data coordinates; runtime type checkers distinguish int and float

INK = "#1a1a1a"
QUIET = "#767676"
PALE = "#b8b8b8"
FAINT = "#d4d4d4"
BLUE = "#0b4f8a"
VERMILLION = "#c8520c"
SHADE = "#fbe6d9"  # background of a region that VERMILLION marks

DASHED = (0, (4, 2.5))  # what was published

WIDTH = 7.0  # inches: the text width of a page
SMALL = 8.0  # points: the smallest letters

SETTINGS: dict[str, Any] = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 9.5,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 9.5,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.5,
    "lines.solid_capstyle": "round",
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "svg.hashsalt": "ropeproof",
}


def render(draw: Callable[[Rows, Figure], None], rows: Rows, title: str) -> dict[str, bytes]:
    """Draw a figure in memory.

    Args:
        draw: draws the rows on an empty figure and sets its size.
        rows: the numbers.
        title: goes into the metadata, for readers that cannot see the picture.

    Returns:
        The whole file for each suffix, ``svg`` and ``png``; the same rows give the same bytes.
    """
    files = {}
    # The settings above replace those of the user's matplotlibrc.
    settings: Any = {**mpl.rcParamsDefault, **SETTINGS, "backend": "agg"}
    with mpl.rc_context(settings):
        figure = Figure()
        FigureCanvasAgg(figure)
        draw(rows, figure)
        for suffix, metadata in {
            "svg": {"Title": title, "Creator": "ropeproof", "Date": None},
            "png": {"Title": title, "Software": None},
        }.items():
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, metadata=metadata)
            files[suffix] = buffer.getvalue()
            figure.set_layout_engine("none")  # the second file has the places of the first
    return files


def note(
    axes: Axes,
    text: str,
    at: Place,
    to: Place | None = None,
    **style: Any,
) -> None:
    """Write on the drawing in data coordinates, with a thin leader line.

    Args:
        axes: where to write.
        text: the text.
        at: position of the text.
        to: position to which the leader points; ``None`` for no leader.
        style: further properties of the text.
    """
    leader = {"arrowstyle": "-", "color": QUIET, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 3}
    axes.annotate(
        text,
        xy=to or at,
        xytext=at,
        arrowprops=leader if to else None,
        **{"fontsize": 8.5, "linespacing": 1.15} | style,
    )
