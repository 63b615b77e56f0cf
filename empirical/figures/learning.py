"""Number learns hop by hop and letter all hops at once; heads become pure as accuracy rises.

The number and the letter task, one run each. Scores are means over inputs, of the last token; the
claim that accuracy is highest when all heads are pure is from urrutia2026heads.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from empirical.figures.parts.colours import INK, POSITIONAL, SYMBOLIC, ordered
from empirical.figures.parts.runs import ready as ready
from empirical.figures.parts.runs import runs
from empirical.figures.parts.style import DASHED, WIDTH, Rows, note
from empirical.scores.purity import GAMMAS, purity
from empirical.trajectories.score_trajectory import ScoreTrajectory

STYLES = ("-", (0, (5, 1.5)), (0, (2.5, 1.5)), (0, (1, 1.5)))
"""Line styles of 1, 2, 3 and 4 hops."""


def rows() -> Rows:
    """Returns one row per task and snapshot."""
    return [row for task, run in runs().items() for row in _snapshots(task, run)]


def _snapshots(task: str, run: ScoreTrajectory) -> Rows:
    scores = np.stack([run.measures[name][:, :, 0] for name in ("positional", "symbolic")], axis=2)
    return [
        {
            "task": task,
            "step": int(step),
            "accuracy": [float(run.accuracy[hops][n]) for hops in sorted(run.accuracy)],
            "heads": len(run.heads),
            "pure": [[purity(p, s, gamma) for p, s in scores[n].tolist()] for gamma in GAMMAS],
        }
        for n, step in enumerate(run.steps)
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one column per task: accuracy above, pure heads below."""
    figure.set_size_inches(WIDTH, 3.7)
    panels = figure.subplots(2, 2, sharex=True, sharey="row")
    for column, task in enumerate(dict.fromkeys(row["task"] for row in rows)):
        data = [row for row in rows if row["task"] == task]
        above, below = panels[:, column]
        _accuracy(above, data)
        _purity(below, data)
        above.set_title(f"({'ab'[column]})  {task} task: accuracy")
        below.set_title(f"({'cd'[column]})  {task} task: pure heads")
        below.set_xlabel("training step")
    panels[0, 0].set_ylabel("accuracy")
    panels[1, 0].set_ylabel("pure heads")
    for axes, where in ((panels[0, 1], "lower right"), (panels[1, 1], "upper left")):
        axes.legend(loc=where, handlelength=2.6, bbox_to_anchor=(0, 0, 1, 0.84))


def _accuracy(axes: Axes, data: Rows) -> None:
    steps = [row["step"] for row in data]
    for hops, accuracy in enumerate(zip(*(row["accuracy"] for row in data), strict=True)):
        shade = ordered(len(STYLES))[hops]
        label = f"{hops + 1} hop{'s' if hops else ''}"
        axes.plot(steps, accuracy, color=shade, linestyle=STYLES[hops], label=label)
    axes.set_ylim(-0.02, 1.02)


def _purity(axes: Axes, data: Rows) -> None:
    """Draw bands of the behaviours at the wider γ, and a line for both at the narrower γ."""
    steps = [row["step"] for row in data]
    count = {
        kind: np.array([row["pure"][0].count(kind) for row in data])
        for kind in ("positional", "symbolic")
    }
    heads = data[0]["heads"]
    narrow = [heads - row["pure"][1].count(None) for row in data]
    first, both = count["positional"], count["positional"] + count["symbolic"]
    wide, tight = (f"γ = {gamma}" for gamma in GAMMAS)
    bands = ((0, first, POSITIONAL, "positional"), (first, both, SYMBOLIC, "symbolic"))
    for low, high, shade, kind in bands:
        label = f"{kind}, {wide}"
        axes.fill_between(
            steps, low, high, color=shade, alpha=0.75, linewidth=0, step="mid", label=label
        )
    axes.plot(
        steps,
        narrow,
        color=INK,
        linestyle=DASHED,
        linewidth=1.2,
        drawstyle="steps-mid",
        label=f"either, {tight}",
    )
    axes.axhline(heads, color=INK, linewidth=0.6)
    axes.set_ylim(0, 1.2 * heads)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    note(axes, f"all {heads} heads", (steps[-1], 1.02 * heads), ha="right")
