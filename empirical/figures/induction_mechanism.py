"""Trained induction heads copy and match what an earlier head wrote; shuffled ones do not.

Both axes are Σλ/Σ|λ| of a token-to-token circuit of each run that learned from context, before and
after its attention weights are shuffled. The earlier head is the one that most looks at the token
before; where that one is not matched, a ring marks the earlier head that is matched best.
"""

from matplotlib.figure import Figure

from empirical.figures.parts.colours import INK, QUIET, WRONG
from empirical.figures.parts.style import NARROW, Rows, note
from empirical.induction.collection import read
from empirical.induction.roles import induction_head, learned, previous_token_head
from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.induction.induction_head_composes_and_copies import NAMES

MARKS = {"shuffled": ("x", QUIET), "trained": ("o", INK)}


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
                        "best": _best(run),
                        "copying": float(run.final.tables["copying"][induction_head(run)]),
                    }
                )
    return table


def _best(run: InductionTrajectory) -> float | None:
    """Returns the best match of the induction head with any earlier head, ``None`` if none is."""
    head = induction_head(run)
    measures = run.final.composition.items()
    return max((measure[1] for pair, measure in measures if pair[2:] == head), default=None)


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one panel; a run whose best head has no head below it cannot compose and is left out."""
    figure.set_size_inches(NARROW, 3.6)
    axes = figure.subplots()
    for at in (axes.axhline, axes.axvline):
        at(0, color=QUIET, linewidth=0.7)
    for kind, (mark, colour) in MARKS.items():
        composing = [row for row in rows if row["kind"] == kind and row["matching"] is not None]
        places = [row["matching"] for row in composing], [row["copying"] for row in composing]
        axes.plot(*places, mark, color=colour, markersize=4, label=kind)
    unmatched = [row for row in rows if row["kind"] == "trained" and row["matching"] < 0]
    for place, row in enumerate(unmatched):
        best = row["best"], row["copying"]
        axes.plot((row["matching"], best[0]), (best[1], best[1]), color=WRONG, linewidth=0.6)
        axes.plot(row["matching"], best[1], "o", color=WRONG, markersize=4.5)
        label = "trained, with another earlier head" if place == 0 else None
        axes.plot(*best, "o", color=WRONG, markerfacecolor="none", markersize=7, label=label)
    names = [f"{row['name']} seed {row['seed']}" for row in unmatched]
    if names:
        text = "\n".join(
            [*names, "match another earlier", "head than the one that", "looks back most"]
        )
        first = min(unmatched, key=lambda row: row["matching"])
        note(axes, text, (-0.98, 0.36), (first["matching"], first["copying"]), color=WRONG)
    axes.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.1))
    axes.set(xlabel="match of what the earlier head wrote", ylabel="copying")
    axes.legend(loc="lower right")
