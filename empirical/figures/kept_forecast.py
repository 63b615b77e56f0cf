"""Heads of number fail where their angles and norms forecast it; heads of letter do not fail.

Peaks of walking heads on longer inputs, at every snapshot of an accurate model: the share that is
forecast from inputs of 17 tokens to be kept, against the share that is kept (a, b); and the least
length at which a walking head is forecast to lose half of its peaks, against the least length at
which half of the answers are wrong (c).
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from empirical.figures.parts.colours import INK, POSITIONAL, QUIET, SYMBOLIC
from empirical.figures.parts.observed import ready as ready
from empirical.figures.parts.observed import runs
from empirical.figures.parts.style import WIDTH, Rows, note
from empirical.trajectories.published_claims import accurate

TASKS = ("number", "letter")
SHADES = {"number": POSITIONAL, "letter": SYMBOLIC}
MARKS = "o^s"
BEYOND = 6600
"""Where a length is drawn that is beyond the longest examined."""


def rows() -> Rows:
    """Returns one row per peak of a walking head, and one per snapshot, of accurate snapshots."""
    points: Rows = []
    for run in runs():
        for row in run.rows:
            if not row.kept or not accurate(row):
                continue
            points += [
                {
                    "kind": "peak",
                    "task": run.task,
                    "layer": peak.layer,
                    "query": peak.query,
                    "length": length,
                    "forecast": peak.forecast_kept[n],
                    "measured": peak.measured_kept[n],
                }
                for peak in row.walking
                for n, length in enumerate(run.kept_lengths)
            ]
            points.append(
                {
                    "kind": "snapshot",
                    "task": run.task,
                    "step": row.step,
                    "forecast": row.forecast_failure,
                    "measured": row.failing_length,
                }
            )
    return points


def draw(rows: Rows, figure: Figure) -> None:
    """Draw the peaks of each task, and the lengths of both."""
    figure.set_size_inches(WIDTH, 2.3)
    panels = figure.subplots(1, 3)
    for axes, task, letter in zip(panels, TASKS, "ab", strict=False):
        _peaks(axes, [r for r in rows if r["kind"] == "peak" and r["task"] == task])
        axes.set_title(f"({letter})  {task}: peaks kept")
    _lengths(panels[2], [row for row in rows if row["kind"] == "snapshot"])
    panels[2].set_title("(c)  failing length")
    panels[0].set_ylabel("measured")
    panels[2].set_ylabel("answers fail")


def _peaks(axes: Axes, data: Rows) -> None:
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=0.7)
    for length, mark in zip(sorted({row["length"] for row in data}), MARKS, strict=True):
        of_length = [row for row in data if row["length"] == length]
        axes.scatter(
            [row["forecast"] for row in of_length],
            [row["measured"] for row in of_length],
            s=9,
            marker=mark,
            facecolors="none",
            edgecolors=SHADES[data[0]["task"]],
            linewidths=0.6,
            alpha=0.7,
            label=f"{length} tokens",
        )
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="forecast", aspect="equal")
    axes.legend(loc="upper left", handletextpad=0.1)


def _lengths(axes: Axes, data: Rows) -> None:
    axes.plot([40, BEYOND], [40, BEYOND], color=QUIET, linewidth=0.7)
    for task, mark in zip(TASKS, MARKS, strict=False):
        of_task = [row for row in data if row["task"] == task]
        axes.scatter(
            [row["forecast"] or BEYOND for row in of_task],
            [row["measured"] or BEYOND for row in of_task],
            s=14,
            marker=mark,
            facecolors="none",
            edgecolors=SHADES[task],
            linewidths=0.7,
            label=task,
        )
    axes.set(xscale="log", yscale="log", xlabel="forecast for the first head")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator([64, 128, 256, 512, 1700]))
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_locator(NullLocator())
    note(axes, "none up\nto 544", (BEYOND, 45), ha="center", color=INK)
    axes.legend(loc="upper left", handletextpad=0.1)
