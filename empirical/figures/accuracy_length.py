"""Number fails about where one of its heads is forecast to fail, letter long before.

Every shipped run of the two tasks. Above: the share of right answers with exact 99 % intervals, and
the share of peaks that are forecast to be kept, in the head that is forecast to fail first. Below:
Index at θ = 1, the angle that the first layers of number use most, and Retrieval at θ = 0.0027, the
smallest angle that urrutia2026heads reports for letter.
"""

from typing import Any

import numpy as np
import sympy as sp
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from empirical.figures.parts.colours import INK, POSITIONAL, QUIET, RIGHT, SYMBOLIC
from empirical.figures.parts.sentences import candidates, theorem, value
from empirical.figures.parts.style import DASHED, WIDTH, Rows, note
from empirical.figures.parts.survival import accuracy_rows, tables
from empirical.figures.parts.survival import ready as ready

TASKS = {"number": POSITIONAL, "letter": SYMBOLIC}
LENGTHS = (17, 5000)
LETTERS, ANGLE = 8, sp.Rational(27, 10_000)  # radians per position
MARKS = "osD"


def rows() -> Rows:
    """Returns accuracy and forecast of each model and length, then the two curves of each task."""
    measured = [
        {"kind": "model", "task": table.task, **row}
        for path, table in tables()
        for row in accuracy_rows(path.name, table)
    ]
    return measured + _index() + _retrieval()


def _index() -> Rows:
    gap = theorem("index_gap_le_of_reach").claim.conclusion.lhs
    published = theorem("index_peak_le_min_of_length").claim.conclusion.rhs
    lengths = np.arange(LENGTHS[0], LENGTHS[1] + 1)
    floors = np.minimum.accumulate(candidates(gap, M=LENGTHS[1] - 1, theta=sp.S.One))
    # The curve has a point wherever the floor falls, at both ends, and some in between.
    by_length = floors[lengths - 2]
    steps = np.flatnonzero(np.diff(by_length, prepend=np.inf, append=-np.inf)[:-1])
    chosen = np.union1d(lengths[steps], np.geomspace(*LENGTHS, 60).astype(int))
    return [
        {
            "kind": "curve",
            "task": "number",
            "length": int(length),
            "published": value(published, n=length, theta=sp.S.One),
            "floor": float(floors[length - 2]),
        }
        for length in chosen.tolist()
    ]


def _retrieval() -> Rows:
    published = theorem("retrieval_peak_le_of_length").claim.conclusion.rhs
    exact = theorem("retrieval_floor_eq_of_le_horizon").claim.conclusion.rhs
    omega = 2 * np.pi / LETTERS
    return [
        {
            "kind": "curve",
            "task": "letter",
            "length": length,
            "published": value(published, n=length, A=LETTERS, theta=ANGLE),
            "floor": value(exact, n=length, A=LETTERS, theta=ANGLE),
        }
        for length in range(LENGTHS[0], int(omega / float(ANGLE)) + 1, 2)
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one column per task: accuracy above, discrepancy below."""
    figure.set_size_inches(WIDTH, 4.1)
    panels = figure.subplots(2, 2, sharex=True, height_ratios=(1.15, 1))
    for column, (task, colour) in enumerate(TASKS.items()):
        above, below = panels[:, column]
        _accuracy(above, [r for r in rows if r["kind"] == "model" and r["task"] == task], colour)
        above.set_title(f"({'ab'[column]})  {task} task, three runs")
        below.set_title(
            f"({'cd'[column]})  {('Index at θ = 1', 'Retrieval at θ = 0.0027')[column]}"
        )
        curve = [row for row in rows if row["kind"] == "curve" and row["task"] == task]
        lengths, published, floor = (
            [row[name] for row in curve] for name in ("length", "published", "floor")
        )
        style = {"drawstyle": "steps-post"} if task == "number" else {}
        below.plot(lengths, published, color=INK, linestyle=DASHED, linewidth=1.2)
        below.plot(lengths, floor, color=RIGHT, **style)
        below.set(xscale="log", xlim=(15, 5600), xlabel="length n (tokens)")
        below.set_xticks([17, 68, 272, 850, 5000])
        below.xaxis.set_major_formatter(ScalarFormatter())
        below.xaxis.set_minor_locator(NullLocator())
    panels[0, 0].set_ylabel("share of answers, of peaks")
    panels[1, 0].set_ylabel("lead of the answer")
    panels[0, 1].sharey(panels[0, 0])
    _number(panels[1, 0])
    _letter(panels[1, 1])
    panels[0, 1].legend(loc="lower left", handlelength=2.6)


def _accuracy(axes: Axes, data: Rows, colour: str) -> None:
    """Draw each run with its own mark: filled what was measured, hollow what is forecast."""
    for mark, model in zip(MARKS, dict.fromkeys(row["model"] for row in data), strict=False):
        of_model = [row for row in data if row["model"] == model]
        lengths, share, low, high, forecast = (
            np.array([np.nan if row[name] is None else row[name] for row in of_model])
            for name in ("length", "accuracy", "low", "high", "forecast")
        )
        first = mark == MARKS[0]
        style: dict[str, Any] = {"color": colour, "marker": mark, "linewidth": 0.9}
        bars, label = (share - low, high - share), "right answers" if first else None
        style |= {"markersize": 3.8, "markeredgewidth": 0.8}
        axes.errorbar(lengths, share, bars, elinewidth=0.7, label=label, **style)
        label = "peaks forecast to be kept\nin the first head to fail" if first else None
        hollow = style | {"linestyle": DASHED, "markerfacecolor": "white"}
        axes.plot(lengths, forecast, label=label, **hollow)
    axes.set_ylim(-0.03, 1.05)
    axes.axhline(0.5, color=QUIET, linewidth=0.5)


def _number(axes: Axes) -> None:
    axes.set(yscale="log", ylim=(1e-10, 2))
    note(axes, "published\n2π²/n²", (330, 3e-3), (200, 5e-4))
    note(axes, "exact floor:\n44 positions are\nnearly 7 turns", (17, 3e-8), (45, 1.6e-4))


def _letter(axes: Axes) -> None:
    axes.set_ylim(-0.3, 0.32)
    axes.axhline(0, color=QUIET, linewidth=0.7)
    note(axes, "published\n1 − cos(ω − nθ)", (230, 0.17), (160, 0.062))
    note(axes, "exact floor", (24, 0.04), (120, 0.044), color=RIGHT)
