"""Colours of all figures: each stands for one meaning, whatever the figure.

A second mark, such as dashes, a shape or a label, always carries the same information. Blue,
vermillion, green and purple differ for colour-blind readers.
"""

import matplotlib as mpl
from matplotlib.colors import Colormap, LinearSegmentedColormap

POSITIONAL = "#c8520c"
"""What is told by where a token stands: positional scores, Index, the number task."""
SYMBOLIC = "#0b4f8a"
"""What is told by what a token is: symbolic scores, Retrieval, letter, induction heads."""
RIGHT = "#1b7a4b"
"""What is exact, proved or right: the key that is sought, a floor, a certificate."""
WRONG = "#b0307a"
"""What stands against it: the best rival, a wrong answer, a failure."""
OTHER = "#6a4fa3"
"""The second of two like things that a label names: the peak, smeared keys, another recipe."""

INK = "#1a1a1a"
"""What was measured; dashed, what was published."""
QUIET = "#767676"
PALE = "#b8b8b8"
FAINT = "#d4d4d4"
REGION = "#fbf0c9"
"""Background of a region that a note explains."""


def ordered(count: int) -> list[tuple[float, float, float, float]]:
    """Returns colours of things in an order, such as lengths or numbers of hops, first one dark.

    Args:
        count: how many.
    """
    ramp = mpl.colormaps["viridis"]
    return [ramp(0.82 * n / max(1, count - 1)) for n in range(count)]


def amounts(colour: str) -> Colormap:
    """Returns shades from white for 0 to a colour for the most.

    Args:
        colour: what the amounts are of.
    """
    return LinearSegmentedColormap.from_list("amounts", ["white", colour])
