"""To what length trained one-layer models are right: certified on all inputs, and seen on samples.

The share of queries that are right on every input of a length, by their certified horizons; the
accuracy on drawn inputs with exact 95 % confidence intervals; and the bounds between which that
accuracy is certified to lie, where it is (``certified``).
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter
from scipy.stats import binomtest

from empirical.figures.parts.style import BLUE, QUIET, SMALL, VERMILLION, WIDTH, Rows, note
from empirical.shipped.certified_table import Certified

MODELS = ("index-1layer", "retrieval-1layer")
SEARCHED = 256
"""Tokens: how far horizons are looked for."""


def rows() -> Rows:
    """Per model, its horizons and its accuracy by length."""
    from empirical.certificates.one_layer.prover import Prover
    from empirical.files import checkpoint
    from empirical.shipped import certified_table
    from empirical.shipped.checkpoints import shipped

    found: list[dict[str, Any]] = []
    for path in (path for path in shipped() if path.name in MODELS):
        model = checkpoint.read(path)
        prover = Prover(model)
        queries = [domain.query for domain in prover.domains(SEARCHED)]
        counts = (model.manifest or {}).get("accuracy", {})
        assert model.task is not None
        found.append(
            {
                "model": path.name,
                "trained": max(model.task.train_lengths),
                "horizons": sorted(prover.reach(query, SEARCHED).longest for query in queries),
                "accuracy": [_seen(int(n), count) for n, count in counts.items()],
                "certified": _certified(certified_table.table()[model.sha256]),
            }
        )
    return found


def _seen(length: int, count: dict[str, int]) -> dict[str, int | float]:
    correct, total = count["correct"], count["total"]
    low, high = binomtest(correct, total).proportion_ci(0.95, "exact")
    share = correct / total
    return {"length": length, "share": share, "low": float(low), "high": float(high)}


def _certified(known: Certified) -> list[dict[str, int | float]]:
    bounds = {length: known.accuracy(length) for length in known.accuracies}
    return [{"length": n, "lower": b.lower, "upper": b.upper} for n, b in bounds.items()]


def draw(rows: Rows, figure: Figure) -> None:
    """One panel per model."""
    tall = (len(rows) + 1) // 2
    figure.set_size_inches(WIDTH, 0.6 + 2.3 * tall)
    panels = figure.subplots(tall, 2, sharex=True, sharey=True, squeeze=False)
    for axes, row in zip(panels.flat, rows, strict=False):
        _panel(axes, row)
    for axes in panels.flat[len(rows) :]:
        axes.set_visible(False)
    for axes in panels[-1]:
        axes.set_xlabel("length (tokens)")
    for axes in panels[:, 0]:
        axes.set_ylabel("share")
    note(panels[0, 0], "accuracy on samples", (150, 0.62), color=VERMILLION, fontsize=SMALL)
    note(panels[0, 0], "certified\naccuracy", (200, 0.88), color=BLUE, fontsize=SMALL)
    note(panels[0, 0], "queries right on\nall inputs", (9.3, 0.3), color=BLUE, fontsize=SMALL)


def _panel(axes: Axes, row: dict[str, Any]) -> None:
    lengths = np.arange(2, SEARCHED + 1)
    certified = (np.array(row["horizons"])[:, None] >= lengths).mean(axis=0)
    axes.plot(lengths, certified, color=BLUE, drawstyle="steps-post")
    seen = row["accuracy"]
    share = np.array([point["share"] for point in seen])
    errors = [
        share - [point["low"] for point in seen],
        np.array([point["high"] for point in seen]) - share,
    ]
    where = [point["length"] for point in seen]
    axes.errorbar(where, share, np.maximum(errors, 0), fmt=".", color=VERMILLION, linewidth=0.8)
    sure = row["certified"]
    where = [bounds["length"] for bounds in sure]
    axes.vlines(where, [b["lower"] for b in sure], [b["upper"] for b in sure], color=BLUE)
    ends = [bounds[end] for bounds in sure for end in ("lower", "upper")]
    axes.plot(np.repeat(where, 2), ends, "_", color=BLUE, markersize=9)
    axes.axvline(row["trained"], color=QUIET, linewidth=0.7, linestyle=(0, (2, 2)))
    axes.text(row["trained"], 1.06, "longest trained", fontsize=SMALL, ha="center")
    axes.set(xscale="log", xlim=(8, 600), ylim=(-0.03, 1.05))
    axes.set_title(row["model"], pad=14)
    axes.set_xticks([10, 32, 100, 300])
    axes.xaxis.set_major_formatter(ScalarFormatter())
