"""The mechanism in the weights: match what the previous-token head wrote, and copy.

Both axes are Σλ/Σ|λ| of a token-to-token circuit of each run that learned from context, before and
after its attention weights are shuffled.
"""

from matplotlib.figure import Figure

from empirical.figures.parts.style import BLUE, QUIET, VERMILLION, Rows, note
from empirical.induction.collection import read
from empirical.induction.roles import induction_head, learned, previous_token_head
from empirical.predictions.induction.induction_head_composes_and_copies import NAMES


def rows() -> Rows:
    """Returns one row per run, trained and shuffled; the pair of heads is chosen in each."""
    table = []
    for trained in read().trained:
        for kind, run in (("trained", trained), ("shuffled", trained.of_shuffled())):
            pair = (*previous_token_head(run), *induction_head(run))
            measures = run.final.composition.get(pair)
            if run.name in NAMES and learned(trained):
                table.append(
                    {
                        "name": run.name,
                        "seed": run.seed,
                        "kind": kind,
                        "matching": None if measures is None else measures[1],
                        "copying": float(run.final.tables["copying"][induction_head(run)]),
                    }
                )
    return table


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel; a run whose best head has no head below it cannot compose and is left out."""
    figure.set_size_inches(4.0, 3.4)
    axes = figure.subplots()
    for at in (axes.axhline, axes.axvline):
        at(0, color=QUIET, linewidth=0.7)
    for kind, mark, colour in (("shuffled", "x", VERMILLION), ("trained", "o", BLUE)):
        composing = [row for row in rows if row["kind"] == kind and row["matching"] is not None]
        axes.plot(
            [row["matching"] for row in composing],
            [row["copying"] for row in composing],
            mark,
            color=colour,
            markersize=4,
        )
    axes.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05))
    axes.set(xlabel="match of what the earlier head wrote", ylabel="copying")
    note(axes, "trained", (0.45, 0.35), color=BLUE)
    note(axes, "shuffled", (-0.95, 0.35), color=VERMILLION)
