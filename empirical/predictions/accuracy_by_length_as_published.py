"""Letter stays above 0.9 up to 850 tokens, number barely generalizes (urrutia2026heads).

The counts are those of the manifest, which ``accuracy_p_value`` checks against the model.
"""

from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.training.evaluation import Count
from empirical.trajectories.published_claims import BARELY, KEPT, LONG

PUBLISHED = {"letter": (LONG, "≥", KEPT), "number": (LONG, "≤", BARELY)}
"""By task: length in tokens, relation and accuracy. "Barely" is read as at most a half."""


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row: the accuracy at the published length, with its exact confidence interval."""
    task = subject.task.name if subject.task else ""
    recorded = (subject.checkpoint.manifest or {}).get("accuracy", {})
    if task not in PUBLISHED:
        return
    length, relation, bound = PUBLISHED[task]
    counts = {int(n): Count(**count) for n, count in recorded.items()}
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
