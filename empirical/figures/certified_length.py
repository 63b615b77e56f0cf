"""The lengths to which trained one-layer models are right: certified on all inputs, and on samples.

Lines: the share of queries that are right on every input of a length, by their certified horizons.
Points: the accuracy on random inputs with exact 95 % confidence intervals. Bars: certified bounds
of that accuracy, at the lengths that have them.
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
"""Tokens: the longest length at which horizons are searched."""


def rows() -> Rows:
    """Returns one row per model: its horizons, and its accuracy by length."""
    from empirical.files import checkpoint
    from empirical.shipped import certified_table
    from empirical.shipped.checkpoints import shipped

    table: list[dict[str, Any]] = []
    for path in (path for path in shipped() if path.name in MODELS):
        model = checkpoint.read(path)
        known = certified_table.table()[model.sha256]
        counts = (model.manifest or {}).get("accuracy", {})
        assert model.task is not None
        table.append(
            {
                "model": path.name,
                "trained": max(model.task.train_lengths),
                "horizons": sorted(known.horizons.values()),
                "accuracy": [_measured(int(n), count) for n, count in counts.items()],
                "certified": _certified(known),
            }
        )
    return table


def _measured(length: int, count: dict[str, int]) -> dict[str, int | float]:
    correct, total = count["correct"], count["total"]
    low, high = binomtest(correct, total).proportion_ci(0.95, "exact")
    share = correct / total
    return {"length": length, "share": share, "low": float(low), "high": float(high)}


def _certified(known: Certified) -> list[dict[str, int | float]]:
    return [{"length": n, "lower": b.lower, "upper": b.upper} for n, b in known.accuracies.items()]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel per model."""
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
    measured = row["accuracy"]
    share = np.array([point["share"] for point in measured])
    errors = [
        share - [point["low"] for point in measured],
        np.array([point["high"] for point in measured]) - share,
    ]
    at = [point["length"] for point in measured]
    axes.errorbar(at, share, np.maximum(errors, 0), fmt=".", color=VERMILLION, linewidth=0.8)
    bounds = row["certified"]
    at = [b["length"] for b in bounds]
    axes.vlines(at, [b["lower"] for b in bounds], [b["upper"] for b in bounds], color=BLUE)
    ends = [b[end] for b in bounds for end in ("lower", "upper")]
    axes.plot(np.repeat(at, 2), ends, "_", color=BLUE, markersize=9)
    axes.axvline(row["trained"], color=QUIET, linewidth=0.7, linestyle=(0, (2, 2)))
    axes.text(row["trained"], 1.06, "longest trained", fontsize=SMALL, ha="center")
    axes.set(xscale="log", xlim=(8, 600), ylim=(-0.03, 1.05))
    axes.set_title(row["model"], pad=14)
    axes.set_xticks([10, 32, 100, 300])
    axes.xaxis.set_major_formatter(ScalarFormatter())
