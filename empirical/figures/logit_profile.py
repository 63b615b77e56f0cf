"""In a trained Index head the weakest answer stands above the strongest rival, on every input.

The shipped one-layer Index model, one query. Bars hold every letter at a distance; dots are logits
of the executed model on random inputs; the floor is the least lead over all inputs of the length.
"""

import numpy as np
from matplotlib.figure import Figure

from empirical.figures.parts.colours import FAINT, INK, QUIET, RIGHT, WRONG
from empirical.figures.parts.style import WIDTH, Rows, note

MODEL, OFFSET, LENGTH, INPUTS = "index-1layer", 5, 48, 40


def rows() -> Rows:
    """Returns one row per distance: the range over letters, executed logits, floor and peak."""
    from empirical.files import checkpoint
    from empirical.heads.discrepancy import gap_range
    from empirical.heads.executed import last_query_logits
    from empirical.predictions.subject import SEED, Subject
    from empirical.shipped.checkpoints import shipped
    from empirical.tasks.task import OneHop

    (path,) = (path for path in shipped() if path.name == MODEL)
    subject = Subject.of(checkpoint.read(path))
    assert isinstance(subject.task, OneHop)
    query = subject.task.entries.index(OFFSET)
    domain = next(d for d in subject.task.domains(LENGTH) if d.query == query)
    (head,) = subject.heads
    logits = head.logits(query, domain.answers, np.arange(LENGTH))
    ids, _ = subject.task.batch(np.random.default_rng(SEED), 20 * INPUTS, LENGTH)
    inputs = ids[ids[:, -1] == query][:INPUTS]
    executed = last_query_logits(subject.model, inputs, 0)[:, 0, ::-1]
    is_letter = np.isin(inputs[:, ::-1], domain.answers)
    possible = gap_range(head, domain, LENGTH)
    return [
        {
            "distance": t,
            "low": float(logits[:, t].min()),
            "high": float(logits[:, t].max()),
            "executed": executed[is_letter[:, t], t].tolist(),
            "floor": float(possible.floor.min()),
            "peak": float(possible.peak.max()),
        }
        for t in range(1, LENGTH)
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw the bars, the dots, and the lead of the answer over the strongest rival."""
    figure.set_size_inches(WIDTH, 2.7)
    axes = figure.subplots()
    column = {name: [row[name] for row in rows] for name in ("distance", "low", "high")}
    axes.axhline(0, color=QUIET, linewidth=0.7)
    axes.vlines(column["distance"], 0, column["low"], color=FAINT, linewidth=0.8)
    axes.vlines(column["distance"], column["low"], column["high"], color=QUIET, linewidth=4)
    for row in rows:
        distances = [row["distance"]] * len(row["executed"])
        axes.plot(distances, row["executed"], ".", color=INK, markersize=2.2)
    answer = rows[OFFSET - 1]
    rival = max((row for row in rows if row is not answer), key=lambda row: row["high"])
    axes.plot(OFFSET, answer["low"], "o", color=RIGHT, markersize=6)
    axes.plot(rival["distance"], rival["high"], "s", color=WRONG, markersize=6)
    axes.axhline(rival["high"], color=WRONG, linewidth=0.8)
    axes.axhline(answer["low"], color=RIGHT, linewidth=0.8)
    weakest = f"weakest answer, {OFFSET} back"
    note(axes, weakest, (OFFSET + 1.5, answer["low"]), color=RIGHT, va="bottom")
    at = (rival["distance"] + 1, rival["high"])
    note(axes, "strongest rival", at, color=WRONG, va="bottom")
    text = f"floor of the gap over all inputs: {answer['floor']:.3f}".replace("-", "−")
    note(axes, text, (24, (answer["low"] + rival["high"]) / 2), va="center")
    axes.set(xlabel="distance from the query (tokens)", ylabel="logit")
    axes.set_title(f"query {OFFSET}: all letters (bars), logits of the executed model (dots)")
    axes.set_xlim(0, LENGTH)
