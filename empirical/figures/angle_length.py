"""Hand-set Retrieval is right on all inputs exactly below a curve; a trained model passes it.

The shaded region is exact: (2n − 3)θ < ω for eight letters. Diamonds are shipped Retrieval models,
at the angle that their head uses most and at each length for which their manifest has an accuracy;
an angle of 0 has no place on a logarithmic axis.
"""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from constructions.pairs import letter_angle
from constructions.retrieval import Retrieval
from empirical.figures.parts.colours import INK, REGION, RIGHT, WRONG
from empirical.figures.parts.style import DASHED, WIDTH, Rows, note

LETTERS = 8
LENGTHS = (4, 1024)
INPUTS = 40
"""Number of inputs on which the most used angle of a trained head is measured."""


def rows() -> Rows:
    """Returns hand-set heads run on their hardest input, then the trained models."""
    omega = letter_angle(LETTERS)
    hand_set = []
    for length in np.unique(np.geomspace(*LENGTHS, 17).astype(int)).tolist():
        for times in (0.5, 0.9, 1.1, 2.0):
            angle = times * omega / (2 * length - 3)
            head = Retrieval(LETTERS, 1, angle)
            tokens = head.hardest_input(length)
            right = bool(head.run(tokens)[-1] == Retrieval(LETTERS, 1, 0.0).run(tokens)[-1])
            hand_set.append({"kind": "hand-set", "length": length, "angle": angle, "right": right})
    return hand_set + _trained()


def _trained() -> Rows:
    from empirical.files import checkpoint
    from empirical.models.gptj import GPTJ
    from empirical.scores import queries
    from empirical.scores.table import score
    from empirical.shipped.checkpoints import shipped

    points = []
    for path in shipped():
        model = checkpoint.read(path)
        if model.task is None or model.task.name != "retrieval" or not model.manifest:
            continue
        (row,) = score(GPTJ.of(model.config, model.weights), queries.draw(model, INPUTS))
        points += [
            {
                "kind": "trained",
                "model": path.name,
                "length": int(length),
                "angle": row.main_angle,
                "accuracy": count["correct"] / count["total"],
            }
            for length, count in model.manifest["accuracy"].items()
        ]
    return points


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel on logarithmic axes; the colour of a diamond is the accuracy."""
    figure.set_size_inches(WIDTH, 3.4)
    axes = figure.subplots()
    omega = letter_angle(LETTERS)
    n = np.geomspace(*LENGTHS, 300)
    axes.fill_between(n, 1e-4, omega / (2 * n - 3), color=REGION, linewidth=0)
    axes.plot(n, omega / (2 * n - 3), color=RIGHT)
    axes.plot(n, omega / n, color=INK, linestyle=DASHED, linewidth=1.0)
    for right, marker in ((True, "o"), (False, "x")):
        heads = [row for row in rows if row["kind"] == "hand-set" and row["right"] is right]
        points = [row["length"] for row in heads], [row["angle"] for row in heads]
        axes.plot(*points, marker, color=RIGHT if right else WRONG, markersize=3.2)
    trained = [row for row in rows if row["kind"] == "trained"]
    shades = LinearSegmentedColormap.from_list("accuracy", [WRONG, "white", RIGHT])
    dots = axes.scatter(
        [row["length"] for row in trained],
        [row["angle"] for row in trained],
        c=[row["accuracy"] for row in trained],
        cmap=shades,
        vmin=0,
        vmax=1,
        s=42,
        marker="D",
        edgecolors=INK,
        linewidths=0.7,
        zorder=3,
    )
    figure.colorbar(dots, ax=axes, label="accuracy on samples of trained models", aspect=30)
    axes.set(xscale="log", yscale="log", xlim=LENGTHS, ylim=(1.5e-4, 1.5))
    axes.set(xlabel="length n (tokens)", ylabel="angle θ (radians per position)")
    axes.xaxis.set_major_formatter(ScalarFormatter())
    note(axes, "right on all inputs:\n(2n − 3)θ < ω", (6, 1.6e-3), color=RIGHT)
    note(axes, "zero of the published bound, nθ = ω", (60, 0.09), (100, omega / 100))
    note(axes, "diamonds: trained models", (40, 0.035), (30, 0.0178))
    text = "hand-set heads on their hardest input:\ndots are right, crosses wrong"
    note(axes, text, (60, 0.4))
