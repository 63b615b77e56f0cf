"""The model is as accurate as its manifest says: the p-value of Fisher's exact test is not small.

The recorded and the measured number of right answers are counts on independent inputs. The test
gives the probability of counts that differ as much if the accuracy is the same.
"""

from collections.abc import Iterator
from dataclasses import asdict

from scipy.stats import fisher_exact

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import SEED, Subject
from empirical.training.evaluation import Count, accuracy

SIGNIFICANCE = 1e-4


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row per length in the manifest: the probability is at least ``SIGNIFICANCE``."""
    recorded = (subject.checkpoint.manifest or {}).get("accuracy", {})
    if subject.task is None:
        return
    for length in subject.lengths:
        if str(length) in recorded:
            before = Count(**recorded[str(length)])
            now = accuracy(subject.model, subject.task, length, subject.inputs_at(length), SEED)
            table = [
                [before.correct, before.total - before.correct],
                [now.correct, now.total - now.correct],
            ]
            yield Prediction(
                name="accuracy_p_value",
                where=f"n={length}",
                relation="≥",
                bound=SIGNIFICANCE,
                measured=float(fisher_exact(table).pvalue),
                theorem="",
                detail={
                    "recorded": asdict(before),
                    "measured": asdict(now),
                    "right": f"{now.correct}/{now.total} and {before.correct}/{before.total}",
                },
            )
