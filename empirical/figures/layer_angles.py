"""Angles and entropy of every layer during training: in number, the first layers turn fast.

The number and the letter task, one run each; means over inputs, of the last token. A head's angle
is the mean of its planes' angles, weighted by their use; its entropy is that of its attention
weights, 1 where they are uniform.
"""

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from empirical.figures.parts.layer_maps import Shading, draw_maps
from empirical.figures.parts.runs import ready as ready
from empirical.figures.parts.runs import runs
from empirical.figures.parts.style import Rows

ANGLE = LogNorm(0.04, 0.8), (0.05, 0.1, 0.2, 0.4, 0.8)
ENTROPY = Normalize(0.0, 1.0), (0.0, 0.25, 0.5, 0.75, 1.0)
MEASURES = {
    "angle": Shading("mean angle, radians per position", "viridis", *ANGLE),
    "entropy": Shading("entropy / log n", "viridis", *ENTROPY),
}


def rows() -> Rows:
    """Returns one row per task, snapshot and head; the angle is ``None`` where no plane is used."""
    return [
        {
            "task": task,
            "step": int(step),
            "layer": layer,
            "head": head,
            "angle": None if np.isnan(angle := run.angles["mean_angle"][n, at]) else float(angle),
            "entropy": float(run.measures["entropy"][n, at, 0]),
        }
        for task, run in runs().items()
        for n, step in enumerate(run.steps)
        for at, (layer, head) in enumerate(run.heads)
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one column per task: angles above, entropies below."""
    draw_maps(rows, figure, MEASURES)
