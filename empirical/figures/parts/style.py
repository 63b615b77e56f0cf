"""Defines the style of every figure, and renders them to bytes that depend on rows alone."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from empirical.figures.parts.colours import INK, QUIET

Rows = list[dict[str, Any]]
Place = tuple[
    float | int, float | int
]  # data coordinates; runtime type checkers distinguish int and float

DASHED = (0, (4, 2.5))  # what was published

WIDTH = 6.14
"""Inches: the text width of the paper, where a figure is printed at the size it is drawn."""
NARROW = 0.72 * WIDTH
"""Inches: of figures with one panel that is as high as wide."""
SIZE = 8.0
"""Points: of every letter, so that all figures are read alike."""

DOTS = 200
"""Dots per inch of the files that are no vectors."""

SETTINGS: dict[str, Any] = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": SIZE,
    "axes.titlesize": SIZE,
    "axes.titlelocation": "left",
    "axes.labelsize": SIZE,
    "xtick.labelsize": SIZE,
    "ytick.labelsize": SIZE,
    "legend.fontsize": SIZE,
    "legend.frameon": False,
    "figure.labelsize": SIZE,
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
    "savefig.dpi": DOTS,
    "svg.hashsalt": "ropeproof",
}


def styled() -> AbstractContextManager[None]:
    """Returns a context in which the settings above replace those of the user's matplotlibrc."""
    settings: Any = {**mpl.rcParamsDefault, **SETTINGS, "backend": "agg"}
    return mpl.rc_context(settings)


def render(draw: Callable[[Rows, Figure], None], rows: Rows, title: str) -> dict[str, bytes]:
    """Draw a figure in memory.

    Args:
        draw: draws the rows on an empty figure and sets its size.
        rows: the numbers.
        title: goes into the metadata, for readers that cannot see the picture.

    Returns:
        The whole file for each suffix, ``svg`` and ``png``; the same rows give the same bytes.
    """
    with styled():
        figure = Figure()
        FigureCanvasAgg(figure)
        draw(rows, figure)
        svg, png = io.BytesIO(), io.BytesIO()
        vector = FigureCanvasSVG(figure)
        lay_out(figure)  # both files have these places
        figure.dpi = DOTS  # of images inside the drawing, whose own dots are points
        about: dict[str, str | None] = {"Title": title, "Creator": "ropeproof", "Date": None}
        vector.print_svg(svg, metadata=about)  # type: ignore[no-untyped-call]
        figure.dpi = DOTS
        raster = FigureCanvasAgg(figure)
        about = {"Title": title, "Software": None}
        raster.print_png(png, metadata=about)  # type: ignore[no-untyped-call]
    return {"svg": svg.getvalue(), "png": png.getvalue()}


def lay_out(figure: Figure) -> None:
    """Put the parts of a figure in their places, for good.

    ``Figure.savefig`` would draw all of them for this, and throw the drawing away.
    """
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.execute(figure)
    figure.set_layout_engine("none")


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
        **{"linespacing": 1.15} | style,
    )
