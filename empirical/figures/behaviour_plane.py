"""The positional and the symbolic score of every head of the shipped models, in one plane.

Scores are of the last token, means over inputs. The two scores of a head add up to at least 1
(``swap_terms_sum_ge_one``); the shaded corners hold the heads that are pure at γ = 0.1.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from empirical.figures.parts.style import (
    BLUE,
    FAINT,
    INK,
    QUIET,
    SHADE,
    SMALL,
    VERMILLION,
    Rows,
    note,
)
from empirical.scores.purity import GAMMAS

INPUTS = 100
"""Number of inputs on which the heads of one-layer models are scored."""
KINDS = {
    "number": ("o", VERMILLION, "number, 12 layers"),
    "letter": ("o", BLUE, "letter, 12 layers"),
    "index": ("s", VERMILLION, "Index, one layer"),
    "retrieval": ("s", BLUE, "Retrieval, one layer"),
    "below": ("^", INK, "induction, first layer"),
    "above": ("v", INK, "induction, second layer"),
}
"""Marker, colour and label of each kind of head: the colour is the task, the shape the model."""


def rows() -> Rows:
    """Returns one row per head."""
    return [*_deep(), *_one_layer(), *_induction()]


def _deep() -> Rows:
    from empirical.shipped.checkpoints import recorded
    from empirical.trajectories import score_trajectory

    runs = [score_trajectory.read(p) for p in recorded() if (p / score_trajectory.TABLE).exists()]
    return [
        _row(run.task, f"L{layer}H{head}", *scores)
        for run in runs
        for (layer, head), *scores in zip(
            run.heads,
            *(run.measures[name][-1, :, 0] for name in ("positional", "symbolic")),
            strict=True,
        )
    ]


def _one_layer() -> Rows:
    from empirical.files import checkpoint
    from empirical.models.gptj import GPTJ
    from empirical.scores import queries
    from empirical.scores.table import score
    from empirical.shipped.checkpoints import one_plane, shipped

    models = [checkpoint.read(path) for path in (*shipped(), *one_plane())]
    return [
        _row(model.task.name, model.path.name, row.positional, row.symbolic)
        for model in models
        if model.task is not None and model.config.n_layer == 1
        for row in score(GPTJ.of(model.config, model.weights), queries.draw(model, INPUTS))
    ]


def _induction() -> Rows:
    """Returns the heads of the shipped two-layer runs without MLPs, at the end of training."""
    from empirical.induction import collection

    return [
        _row(kind, f"{run.name} seed {run.seed}", positional, symbolic)
        for run in collection.read().trained
        if run.name == "induction-2"
        for layer, kind in enumerate(("below", "above"))
        for positional, symbolic in zip(
            run.tables["positional"][-1, layer], run.tables["symbolic"][-1, layer], strict=True
        )
    ]


def _row(kind: str, head: str, positional: float, symbolic: float) -> dict[str, Any]:
    scores = {"positional": float(positional), "symbolic": float(symbolic)}
    return {"kind": kind, "head": head} | scores


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one square panel; the region that no head can reach is grey."""
    figure.set_size_inches(4.9, 4.6)
    axes = figure.subplots()
    axes.fill([0, 1, 0], [0, 0, 1], color="#f0f0f0", linewidth=0, zorder=0)
    axes.plot([0, 1], [1, 0], color=QUIET, linewidth=0.8, zorder=1)
    gamma = max(GAMMAS)
    for corner in ((1 - gamma, 0), (0, 1 - gamma)):
        axes.add_patch(Rectangle(corner, gamma, gamma, color=SHADE, linewidth=0, zorder=1))
    for kind, (marker, color, label) in KINDS.items():
        scores = np.array([[r["positional"], r["symbolic"]] for r in rows if r["kind"] == kind])
        style: dict[str, Any] = {
            "color": color,
            "markerfacecolor": "none",
            "markersize": 5,
            "alpha": 0.85,
        }
        axes.plot(*scores.T, marker, label=label, clip_on=False, zorder=3, **style)
    axes.set(aspect="equal", xlim=(0, 1.005), ylim=(0, 1.005))
    axes.set(xlabel="positional score", ylabel="symbolic score")
    axes.grid(color=FAINT, linewidth=0.4)
    axes.legend(loc="lower left", frameon=False, fontsize=SMALL, bbox_to_anchor=(0.02, 0.02))
    note(axes, "nearly uniform\nattention", (0.99, 0.93), ha="right", color=QUIET, fontsize=SMALL)
    text = "no head is below"
    note(axes, text, (0.49, 0.35), rotation=-45, ha="center", color=QUIET, fontsize=SMALL)
