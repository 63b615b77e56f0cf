"""No head of the shipped models is low in both scores, and most heads are pure in one of them.

The positional and the symbolic score of every head, of the last token, means over inputs. The two
scores of a head add up to at least 1 (``swap_terms_sum_ge_one``); the shaded corners hold the heads
that are pure at γ = 0.1.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from empirical.figures.parts.behaviour_plane import GAMMA, plane
from empirical.figures.parts.colours import INK, POSITIONAL, SYMBOLIC
from empirical.figures.parts.style import WIDTH, Rows
from empirical.scores.purity import purity

INPUTS = 100
"""Number of inputs on which the heads of one-layer models are scored."""
KINDS = {
    "number": ("o", POSITIONAL, "number, 12 layers"),
    "letter": ("o", SYMBOLIC, "letter, 12 layers"),
    "index": ("s", POSITIONAL, "Index, one layer"),
    "retrieval": ("s", SYMBOLIC, "Retrieval, one layer"),
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
    figure.set_size_inches(WIDTH, 3.1)
    axes = figure.subplots()
    plane(axes)
    for kind, (marker, color, _) in KINDS.items():
        scores = np.array([[r["positional"], r["symbolic"]] for r in rows if r["kind"] == kind])
        style: dict[str, Any] = {
            "color": color,
            "markerfacecolor": "none",
            "markersize": 5,
            "alpha": 0.85,
        }
        axes.plot(*scores.T, marker, clip_on=False, zorder=3, **style)
    _counts(axes, rows, GAMMA)


def _counts(axes: Axes, rows: Rows, gamma: float) -> None:
    """Write a legend that counts the heads of each kind, since many lie upon each other."""
    columns = {1.63: "heads", 1.79: "pure\nsymbolic", 1.98: "pure\npositional"}
    style: dict[str, Any] = {"va": "center", "transform": axes.transAxes}
    for x, text in columns.items():
        axes.text(x, 0.68, text, ha="center", **style)
    for line, (kind, (marker, color, label)) in enumerate(KINDS.items()):
        pure = [
            purity(row["positional"], row["symbolic"], gamma) for row in rows if row["kind"] == kind
        ]
        counts = len(pure), pure.count("symbolic"), pure.count("positional")
        y = 0.58 - 0.07 * line
        mark: dict[str, Any] = {"color": color, "markerfacecolor": "none", "markersize": 5}
        axes.plot(1.08, y, marker, transform=axes.transAxes, clip_on=False, **mark)
        axes.text(1.12, y, label, **style)
        for x, count in zip(columns, counts, strict=True):
            axes.text(x, y, str(count), ha="center", **style)
