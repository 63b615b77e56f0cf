"""Number: the first four layers are positional, the others symbolic; letter: all are symbolic.

Observed in urrutia2026heads on twelve layers of one head. A layer leans to the larger of its two
scores at the last token, after training.
"""

from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.trajectories.published_claims import POSITIONAL


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row: the share of layers that lean as published."""
    run = subject.trajectory
    if run is None or run.task not in POSITIONAL:
        return
    positional, symbolic = (run.measures[name][-1, :, 0] for name in ("positional", "symbolic"))
    leans = positional > symbolic
    published = [layer < POSITIONAL[run.task] for layer, _ in run.heads]
    yield Prediction(
        name="layers_lean_as_published",
        where=f"step {run.steps[-1]}",
        relation="≥",
        bound=1.0,
        measured=float((leans == published).mean()),
        theorem="",
        observation="urrutia2026heads",
        detail={
            f"L{layer}H{head}": {"positional": p, "symbolic": s}
            for (layer, head), p, s in zip(
                run.heads, positional.tolist(), symbolic.tolist(), strict=True
            )
        },
    )
