"""The model is as accurate as its manifest says.

Recorded and measured are counts of right answers on independent inputs; Fisher's exact test
gives the probability of counts at least as far apart if both had one accuracy.
"""

from collections.abc import Iterator

from scipy.stats import fisher_exact

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import SEED, Subject
from empirical.training.evaluation import accuracy

SIGNIFICANCE = 1e-4


def rows(subject: Subject) -> Iterator[Prediction]:
    """One row per length that the manifest records: the probability is not negligible."""
    recorded = (subject.checkpoint.manifest or {}).get("accuracy", {})
    if subject.task is None:
        return
    for length in subject.lengths:
        if str(length) in recorded:
            said = recorded[str(length)]
            seen = accuracy(subject.model, subject.task, length, subject.inputs_at(length), SEED)
            table = [
                [said["correct"], said["total"] - said["correct"]],
                [seen.correct, seen.total - seen.correct],
            ]
            yield Prediction(
                name="accuracy_eq_manifest",
                where=f"n={length}",
                relation="≥",
                bound=SIGNIFICANCE,
                measured=float(fisher_exact(table).pvalue),
                theorem="",
                detail={"recorded": said, "seen": {"correct": seen.correct, "total": seen.total}},
            )
