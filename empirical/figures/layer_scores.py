"""Layers 1 to 4 of number end positional; all others, but the last of letter, lean to symbols.

Scores of every layer during training, positional above and symbolic below. The number and the
letter task, one run each; means over inputs, of the last token.
"""

from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from empirical.figures.parts.colours import POSITIONAL, SYMBOLIC, amounts
from empirical.figures.parts.layer_maps import Shading, draw_maps
from empirical.figures.parts.runs import ready as ready
from empirical.figures.parts.runs import runs
from empirical.figures.parts.style import Rows

BEHAVIOURS = {"positional": POSITIONAL, "symbolic": SYMBOLIC}


def rows() -> Rows:
    """Returns one row per task, snapshot and head."""
    return [
        {
            "task": task,
            "step": int(step),
            "layer": layer,
            "head": head,
            **{name: float(run.measures[name][n, at, 0]) for name in BEHAVIOURS},
        }
        for task, run in runs().items()
        for n, step in enumerate(run.steps)
        for at, (layer, head) in enumerate(run.heads)
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one column per task; darker is a larger score."""
    shades = {
        name: Shading(
            f"{name} score",
            amounts(colour),
            Normalize(0.0, 1.0),
        )
        for name, colour in BEHAVIOURS.items()
    }
    draw_maps(rows, figure, shades)
