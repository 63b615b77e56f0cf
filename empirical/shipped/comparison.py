"""Predicted, certified and measured lengths and accuracies of trained one-layer models."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from empirical.certificates.accuracy.bounds import Accuracy, with_accuracies
from empirical.certificates.document import checked
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.files.checkpoint import Checkpoint
from empirical.heads import gptj
from empirical.recheck.certificate import OneHop
from empirical.shipped import certified_table
from empirical.tasks import task_from_entries
from empirical.tasks.index import IndexTask
from empirical.training.evaluation import Count
from theory.refusal import Refusal


@dataclass(frozen=True)
class Comparison:
    """One model.

    Attributes:
        checkpoint: the name of its directory.
        angle: radians per position of its only plane; ``None`` for a ladder.
        length: the longest input that it was trained on, in tokens.
        predicted: least and largest length, over the queries, up to which a soft Index head with
            the same planes and plane weights, all in phase at the target, is right; ``None`` where
            no closed form applies. The model itself need not be right so far.
        certified: least and largest certified horizon over the queries, up to ``searched``.
        searched: how far horizons were looked for.
        accuracy: by length, right answers among random inputs, as recorded after training.
        bounds: by length, certified accuracy from below and from above, as far as it is known.
    """

    checkpoint: str
    angle: float | None
    length: int
    predicted: tuple[int, int] | None
    certified: tuple[int, int]
    searched: int
    accuracy: dict[int, Count]
    bounds: dict[int, Accuracy]

    def to_json(self) -> dict[str, Any]:
        """The row as JSON."""
        by_length: dict[str, dict[int, Any]] = {"accuracy": self.accuracy, "bounds": self.bounds}
        return asdict(self) | {
            name: {str(n): asdict(said) for n, said in values.items()}
            for name, values in by_length.items()
        }


def compare(found: Checkpoint, searched: int, bound_accuracy: bool = False) -> Comparison:
    """Hold a one-layer, one-head model against the theory of its planes.

    What the table of shipped models holds (``shipped.certified_table``) is not found again.

    Args:
        found: the checkpoint, with the manifest of its training.
        searched: how far horizons are looked for, in tokens.
        bound_accuracy: also certify the accuracy at the training length where it is not in the
            table; takes minutes where the model fails often.

    Raises:
        Refusal: another shape, no task, or no recorded accuracy.
    """
    recorded = (found.manifest or {}).get("accuracy")
    if found.task is None or not found.task.train_lengths or not recorded:
        raise Refusal(f"{found.path} does not say how it was trained: name a run of ours")
    if found.config.n_head != 1:
        raise Refusal(f"{found.path} has {found.config.n_head} heads: name a model of one")
    length, known = max(found.task.train_lengths), certified_table.table().get(found.sha256)
    if known and searched <= known.searched:
        horizons = {query: min(searched, n) for query, n in known.horizons.items()}
    else:
        horizons = certified_table.horizons(found, searched)
    bounds = {n: known.accuracy(n) for n in known.accuracies} if known else {}
    if bound_accuracy and length not in bounds:
        bounds |= _shown_accuracy(found, length)
    task, angles = task_from_entries(found.task.name, found.task.entries), found.config.angles
    predicted = (
        _predicted(found, task, list(horizons), searched) if isinstance(task, IndexTask) else None
    )
    return Comparison(
        checkpoint=found.path.name,
        angle=angles[0] if len(angles) == 1 else None,
        length=length,
        predicted=predicted,
        certified=(min(horizons.values()), max(horizons.values())),
        searched=searched,
        accuracy={int(n): Count(said["correct"], said["total"]) for n, said in recorded.items()},
        bounds=bounds,
    )


def _shown_accuracy(found: Checkpoint, length: int) -> dict[int, Accuracy]:
    """The accuracy at a length, if the checker shows what the search finds."""
    prover = Prover(found)
    content = certify(prover, found.sha256, length, None, lambda done, total: None)
    content = with_accuracies(content, prover, [length], lambda done, total: None)
    claims = checked(content, found.path).certificate.claims
    assert isinstance(claims, OneHop)
    return {said.length: Accuracy(said.lower, said.upper) for said in claims.accuracies}


def soft_index_horizon(
    angles: Sequence[float], weights: Sequence[float], offset: int, searched: int
) -> int:
    """The longest input at which a soft Index head is right for an integer query.

    It is while ``Σ exp(−Σ r_k (1 − cos tθ_k)) < 1`` over the distances t of the rivals from the
    target (``index_margin_eq_of_integer_query``); every longer input has one rival more. Float64.

    Args:
        angles: θ of each plane, in radians per position.
        weights: r of each plane, what a match adds to the logit.
        offset: i, how many positions back the target stands.
        searched: the longest input that is looked at.

    Returns:
        The length; ``offset`` if not even the shortest input with the target will do.
    """
    rivals = np.concatenate([np.arange(-offset, 0), np.arange(1, searched - offset)])
    behind = (1 - np.cos(np.multiply.outer(rivals, angles))) @ np.asarray(weights)
    mass = np.cumsum(np.exp(-behind))
    return offset + int((mass[offset - 1 :] < 1).sum())


def _predicted(
    found: Checkpoint, task: IndexTask, queries: list[int], searched: int
) -> tuple[int, int]:
    """``soft_index_horizon`` of every query, with mean moduli over the letters as weights."""
    (head,) = gptj.heads(found.config, found.weights, 0, found.weights["transformer.wte.weight"])
    lengths = []
    for domain in (d for d in task.domains(searched) if d.query in queries):
        weights = np.abs(head.amplitudes(domain.query, domain.answers)).mean(axis=0)
        (offset,) = domain.distances
        lengths.append(soft_index_horizon(head.angles.tolist(), weights.tolist(), offset, searched))
    return min(lengths), max(lengths)
