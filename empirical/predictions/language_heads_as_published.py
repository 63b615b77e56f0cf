"""A model of a language learns from context and has both heads of the induction circuit.

The rows name the heads with the largest scores; the detail holds the score of every head.
"""

from collections.abc import Iterator

from empirical.induction.measures import MeasuredModel, score_of
from empirical.induction.probe import Probe
from empirical.induction.roles import LEARNED, MATCHES, strongest
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.tasks.language import Language

KINDS = {"previous": "a_head_looks_at_the_previous_token", "matching": "a_head_matches_prefixes"}


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields the in-context score at the training length, and the best head of each kind."""
    if not isinstance(subject.task, Language):
        return
    record = subject.checkpoint.task
    length = max(record.train_lengths) if record else 0
    config = subject.checkpoint.config
    model = MeasuredModel(config, subject.checkpoint.weights, Probe(subject.task, length))
    yield Prediction(
        name="learns_from_context",
        where=f"n={length}",
        relation="≤",
        bound=LEARNED,
        measured=score_of(model.losses()),
        theorem="",
        observation="olsson2022induction",
    )
    tables = model.tables()
    for kind, name in KINDS.items():
        layer, head = strongest(tables[kind])
        yield Prediction(
            name=name,
            where=f"L{layer}H{head} n={length}",
            relation="≥",
            bound=MATCHES,
            measured=float(tables[kind][layer, head]),
            theorem="",
            observation="olsson2022induction",
            detail={
                f"L{block}H{number}": {
                    k: float(table[block, number]) for k, table in tables.items()
                }
                for block in range(config.n_layer)
                for number in range(config.n_head)
            },
        )
