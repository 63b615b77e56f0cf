"""Models answer samples rightly at lengths at which few queries are proved right on every input.

Lines: the share of queries that are right on every input of a length, by their certified horizons.
Points: the accuracy on random inputs with exact 95 % confidence intervals. Brackets: certified
bounds of that accuracy, at the lengths that have them.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter
from scipy.stats import binomtest

from empirical.figures.parts.colours import INK, QUIET, RIGHT
from empirical.figures.parts.style import WIDTH, Rows, note
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
    figure.set_size_inches(WIDTH, 0.6 + 2.0 * tall)
    panels = figure.subplots(tall, 2, sharex=True, sharey=True, squeeze=False)
    for axes, row, letter in zip(panels.flat, rows, "abcdefgh", strict=False):
        _panel(axes, row, letter)
    for axes in panels.flat[len(rows) :]:
        axes.set_visible(False)
    for axes in panels[-1]:
        axes.set_xlabel("length (tokens)")
    for axes in panels[:, 0]:
        axes.set_ylabel("share")
    marks = panels[0, 0].get_legend_handles_labels()
    figure.legend(*marks, loc="outside lower center", ncols=3, handlelength=1.6)


def _panel(axes: Axes, row: dict[str, Any], letter: str) -> None:
    lengths = np.arange(2, SEARCHED + 1)
    certified = (np.array(row["horizons"])[:, None] >= lengths).mean(axis=0)
    label = "queries proved right on every input"
    axes.plot(lengths, certified, color=RIGHT, drawstyle="steps-post", label=label)
    measured = row["accuracy"]
    at, share, low, high = (
        np.array([point[name] for point in measured]) for name in ("length", "share", "low", "high")
    )
    errors = np.maximum((share - low, high - share), 0)
    style: dict[str, Any] = {"fmt": ".", "color": INK, "markersize": 4, "elinewidth": 0.8}
    axes.errorbar(at, share, errors, label="accuracy on samples, 95 % interval", **style)
    _brackets(axes, row["certified"])
    axes.axvline(row["trained"], color=QUIET, linewidth=0.7, linestyle=(0, (2, 2)))
    axes.text(row["trained"], 1.08, "longest trained", ha="center")
    axes.set(xscale="log", xlim=(8, 600), ylim=(-0.03, 1.06))
    axes.set_title(f"({letter})  {row['model']}", pad=14)
    axes.set_xticks([10, 32, 100, 300])
    axes.xaxis.set_major_formatter(ScalarFormatter())


def _brackets(axes: Axes, bounds: list[dict[str, int | float]]) -> None:
    """Draw each certified interval as a bracket, and say how narrow the last one is."""
    at = [bound["length"] for bound in bounds]
    middle = [(bound["lower"] + bound["upper"]) / 2 for bound in bounds]
    half = [(bound["upper"] - bound["lower"]) / 2 for bound in bounds]
    style: dict[str, Any] = {
        "fmt": "none",
        "color": RIGHT,
        "capsize": 5,
        "capthick": 1.4,
        "elinewidth": 1.4,
    }
    axes.errorbar(at, middle, half, label="accuracy, certified bounds", zorder=3, **style)
    last = bounds[-1]
    wrong = f"{1 - last['lower']:.0e}".split("e-0")
    most = f"{wrong[0]} · 10$^{{-{wrong[1]}}}$"
    text = f"certified at\n{last['length']}: at most\n{most}\nare wrong"
    note(axes, text, (9, 0.35), (last["length"], last["lower"]), color=RIGHT)
