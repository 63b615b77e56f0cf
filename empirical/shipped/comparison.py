"""Predicted, certified and measured lengths and accuracies of trained one-layer models."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from empirical.certificates.accuracy.bounds import AccuracyBounds
from empirical.files.checkpoint import Checkpoint
from empirical.heads import gptj
from empirical.shipped import certified_table
from empirical.tasks.index import IndexTask
from empirical.training.evaluation import Count
from theory.refusal import Refusal


@dataclass(frozen=True)
class Comparison:
    """The lengths and accuracies of one model.

    Attributes:
        checkpoint: the name of its directory.
        angle: radians per position of its only plane; ``None`` for a ladder.
        length: the longest training length, in tokens.
        predicted: least and largest length, over the queries, up to which a soft Index head with
            the same planes and plane weights, all in phase at the target, is right; ``None`` where
            no closed form applies. The model itself need not be right so far.
        certified: least and largest certified horizon over the queries, at most ``searched``.
        searched: the longest length at which horizons were searched, in tokens.
        accuracy: by length, right answers on random inputs, as recorded after training.
        bounds: by length, certified bounds of the accuracy, at the lengths that have them.
    """

    checkpoint: str
    angle: float | None
    length: int
    predicted: tuple[int, int] | None
    certified: tuple[int, int]
    searched: int
    accuracy: dict[int, Count]
    bounds: dict[int, AccuracyBounds]

    def to_json(self) -> dict[str, Any]:
        """Returns the row as JSON."""
        by_length: dict[str, dict[int, Any]] = {"accuracy": self.accuracy, "bounds": self.bounds}
        return asdict(self) | {
            name: {str(length): asdict(value) for length, value in values.items()}
            for name, values in by_length.items()
        }


def compare(model: Checkpoint, searched: int, bound_accuracy: bool = False) -> Comparison:
    """Compare a one-layer, one-head model with the theory of its planes.

    What the table of shipped models holds (``shipped.certified_table``) is not computed again.

    Args:
        model: the checkpoint, with the manifest of its training.
        searched: the longest length at which horizons are searched, in tokens.
        bound_accuracy: also certify the accuracy at the training length where it is not in the
            table; this takes minutes where the model fails often.

    Raises:
        Refusal: the model has another shape, no task, or no recorded accuracy.
    """
    recorded = (model.manifest or {}).get("accuracy")
    if model.task is None or not model.task.train_lengths or not recorded:
        raise Refusal(f"{model.path} holds no record of its training: name a run of ours")
    if model.config.n_head != 1:
        raise Refusal(f"{model.path} has {model.config.n_head} heads: name a model of one")
    length, known = max(model.task.train_lengths), certified_table.table().get(model.sha256)
    if known and searched <= known.searched:
        horizons = {query: min(searched, n) for query, n in known.horizons.items()}
    else:
        horizons = certified_table.horizons(model, searched)
    bounds = dict(known.accuracies) if known else {}
    if bound_accuracy and length not in bounds:
        bounded = certified_table.accuracy(model, length)
        bounds |= {length: bounded} if bounded else {}
    task, angles = model.known_task, model.config.angles
    predicted = (
        _predicted(model, task, list(horizons), searched) if isinstance(task, IndexTask) else None
    )
    return Comparison(
        checkpoint=model.path.name,
        angle=angles[0] if len(angles) == 1 else None,
        length=length,
        predicted=predicted,
        certified=(min(horizons.values()), max(horizons.values())),
        searched=searched,
        accuracy={int(n): Count(**count) for n, count in recorded.items()},
        bounds=bounds,
    )


def soft_index_horizon(
    angles: Sequence[float], weights: Sequence[float], offset: int, searched: int
) -> int:
    """Returns the longest input at which a soft Index head is right for an integer query.

    It is right while ``Σ exp(−Σ r_k (1 − cos tθ_k)) < 1`` over the distances t of the rivals from
    the target (``index_margin_eq_of_integer_query``); every longer input has one more rival. The
    sum is computed in float64 and certifies nothing.

    Args:
        angles: θ of each plane, in radians per position.
        weights: r of each plane, its share of the logit of a match.
        offset: i, the target's distance from the query in positions.
        searched: the longest length at which to search.

    Returns:
        The length; ``offset`` if the head is wrong on the shortest input that holds the target.
    """
    rivals = np.concatenate([np.arange(-offset, 0), np.arange(1, searched - offset)])
    behind = (1 - np.cos(np.multiply.outer(rivals, angles))) @ np.asarray(weights)
    mass = np.cumsum(np.exp(-behind))
    return offset + int((mass[offset - 1 :] < 1).sum())


def _predicted(
    model: Checkpoint, task: IndexTask, queries: list[int], searched: int
) -> tuple[int, int]:
    """Returns the least and largest ``soft_index_horizon`` of the queries.

    The weights of planes are the mean moduli over the letters.
    """
    (head,) = gptj.heads(model.config, model.weights, 0, model.weights["transformer.wte.weight"])
    lengths = []
    for domain in (d for d in task.domains(searched) if d.query in queries):
        weights = np.abs(head.amplitudes(domain.query, domain.answers)).mean(axis=0)
        (offset,) = domain.distances
        lengths.append(soft_index_horizon(head.angles.tolist(), weights.tolist(), offset, searched))
    return min(lengths), max(lengths)
