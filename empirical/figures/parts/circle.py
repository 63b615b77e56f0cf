"""Draws the unit circle of one plane, turned so that the query points up.

The height of a key is then its logit.
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from empirical.figures.parts.colours import FAINT, INK, REGION, WRONG

Point = Float[np.ndarray, " 2"]
Points = Float[np.ndarray, "points 2"]


def turned_up(keys: Points, query: Point) -> Points:
    """Returns the keys in axes whose second points along the query, so that it is the logit."""
    right = np.array([query[1], -query[0]])
    return np.stack([keys @ right, keys @ query], axis=1)


def unit_circle(axes: Axes, *, scale: bool) -> None:
    """Draw the circle and the query, with or without a scale of logits at its left."""
    turn = np.linspace(0, 2 * np.pi, 361)
    axes.plot(np.cos(turn), np.sin(turn), color=FAINT, linewidth=0.8, zorder=0)
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.0, "shrinkA": 0, "shrinkB": 3}
    axes.annotate("", (0, 1), (0, 0), arrowprops=arrow, zorder=1)
    axes.text(0.06, 0.04, "query", va="bottom")
    axes.set(aspect="equal", xlim=(-1.42, 1.42), ylim=(-1.25, 1.25), xticks=[])
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.set_yticks([-1, 0, 1] if scale else [])
    axes.set_ylabel("logit = height" if scale else "")


def cap(axes: Axes, rival: float, target: float) -> None:
    """Mark the best rival's height, and shade the circle from there up to the target: the gap."""
    width = np.sqrt(1 - min(rival, 1.0) ** 2)
    axes.plot([-width, width], [rival, rival], color=WRONG, linewidth=0.8, zorder=1)
    heights = np.linspace(rival, max(rival, target), 100).clip(-1, 1)
    half = np.sqrt(1 - heights**2)
    axes.fill_betweenx(heights, -half, half, color=REGION, linewidth=0, zorder=0)


def beside(axes: Axes, point: Point, text: str, **style: Any) -> None:
    """Write just outside the circle, next to one of its points."""
    x, y = 1.1 * point
    sideways = "center" if abs(x) < 0.2 else "left" if x > 0 else "right"
    upright = "center" if abs(y) < 0.8 else "bottom" if y > 0 else "top"
    axes.text(x, y, text, ha=sideways, va=upright, **style)


def explain(axes: Axes, marks: dict[str, tuple[str, str]]) -> None:
    """Draw a legend in the free half of a circle.

    Args:
        axes: of the circle.
        marks: by text, marker and colour.
    """
    for row, (text, (marker, color)) in enumerate(marks.items()):
        y = -0.24 - 0.19 * row
        axes.plot(-0.6, y, marker, color=color, markersize=5)
        axes.text(-0.47, y, text, va="center")
