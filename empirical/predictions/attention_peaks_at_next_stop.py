"""Some layer attends from each stop of the walk to the next one (urrutia2026heads, Section 5).

Where the idealised model ``Reflexive^(L−h) ∘ f^h`` applies ``f``, the largest weight of a query is
on its Index offset or its Retrieval match, which is the next stop.
"""

from collections.abc import Iterator

from empirical.mechanism.peaks import peaks
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.tasks.multi_hop import MultiHop
from empirical.training.evaluation import Count

SHARE = 0.9
"""Our threshold for "attends to"; the publication shows heat maps."""


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row per kind of query: the head that peaks at the next stop most often."""
    if not isinstance(subject.task, MultiHop):
        return
    counts = peaks(subject.model, subject.task, subject.walks)
    for query in dict.fromkeys(row.query for row in counts):
        of_kind = [row for row in counts if row.query == query]
        best = max(of_kind, key=lambda row: row.next_stop)
        yield Prediction(
            name="attention_peaks_at_next_stop",
            where=f"L{best.layer}H{best.head} {query}",
            relation="≥",
            bound=SHARE,
            measured=best.next_stop / best.queries,
            interval=Count(best.next_stop, best.queries).interval(),
            theorem="",
            observation="urrutia2026heads",
            detail={
                f"L{row.layer}H{row.head}": {
                    "next stop": row.next_stop,
                    "itself": row.itself,
                    "end": row.end,
                    "elsewhere": row.elsewhere,
                }
                for row in of_kind
            },
        )
