"""Letter stays above 0.9 up to 850 tokens, number barely generalizes (urrutia2026heads).

The counts are the manifest's; ``accuracy_eq_manifest`` holds the manifest to the model.
"""

from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.training.evaluation import Count

SAID = {"letter": (850, "≥", 0.9), "number": (850, "≤", 0.5)}
"""Length, relation and accuracy; the half for number is our reading of "barely"."""


def rows(subject: Subject) -> Iterator[Prediction]:
    """One row: the accuracy at the published length, with its exact interval."""
    task = subject.task.name if subject.task else ""
    recorded = (subject.checkpoint.manifest or {}).get("accuracy", {})
    if task not in SAID:
        return
    length, relation, bound = SAID[task]
    counts = {int(n): Count(said["correct"], said["total"]) for n, said in recorded.items()}
    if length in counts:
        yield Prediction(
            name="accuracy_by_length_as_published",
            where=f"n={length}",
            relation=relation,
            bound=bound,
            measured=counts[length].correct / counts[length].total,
            interval=counts[length].interval(),
            theorem="",
            observation="urrutia2026heads",
            detail={
                f"n={n}": {"correct": count.correct, "total": count.total}
                for n, count in counts.items()
            },
        )
