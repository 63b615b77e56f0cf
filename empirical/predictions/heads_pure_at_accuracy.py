"""When a controlled model is most accurate, all its heads are pure (urrutia2026heads).

The scores are those of the last token, in the first snapshot of the highest mean accuracy.
"""

from collections.abc import Iterator

import numpy as np

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.scores.purity import GAMMAS, purity


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row per γ: the share of pure heads."""
    run = subject.trajectory
    if run is None:
        return
    best = int(np.mean(list(run.accuracy.values()), axis=0).argmax())
    positional, symbolic = (run.measures[name][best, :, 0] for name in ("positional", "symbolic"))
    scores = list(zip(positional.tolist(), symbolic.tolist(), strict=True))
    for gamma in GAMMAS:
        kinds = [purity(p, s, gamma) for p, s in scores]
        yield Prediction(
            name="heads_pure_at_accuracy",
            where=f"γ={gamma} step {run.steps[best]}",
            relation="≥",
            bound=1.0,
            measured=sum(kind is not None for kind in kinds) / len(kinds),
            theorem="",
            observation="urrutia2026heads",
            detail={
                f"L{layer}H{head}": kind
                for (layer, head), kind in zip(run.heads, kinds, strict=True)
            },
        )
