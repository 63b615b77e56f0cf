"""Theory beside trained one-layer models: what is promised, what is certified, what is seen."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from empirical.certificates.accuracy import accuracy
from empirical.certificates.several_prover import prover_of
from empirical.checkpoint import Checkpoint
from empirical.evaluation import Count
from empirical.heads import gptj
from empirical.tasks.index import Index
from theory.refusal import Refusal


@dataclass(frozen=True)
class Comparison:
    """One model.

    Attributes:
        checkpoint: the name of its directory.
        angle: radians per position of its only plane; ``None`` for a ladder.
        length: the longest input that it was trained on, in tokens.
        promised: least and largest length, over the queries, up to which a soft Index head with
            this plane and this weight is right; ``None`` where no closed form speaks.
        certified: least and largest certified horizon over the queries, up to ``searched``.
        searched: how far horizons were looked for.
        accuracy: by length, right answers among random inputs, as recorded after training.
        bounds: certified accuracy at ``length``, from below and from above, if it was asked for.
    """

    checkpoint: str
    angle: float | None
    length: int
    promised: tuple[int, int] | None
    certified: tuple[int, int]
    searched: int
    accuracy: dict[int, Count]
    bounds: tuple[float, float] | None

    def to_json(self) -> dict[str, Any]:
        """The row as JSON."""
        return asdict(self) | {"accuracy": {str(n): asdict(c) for n, c in self.accuracy.items()}}


def compare(found: Checkpoint, searched: int, bound_accuracy: bool = False) -> Comparison:
    """Hold a one-layer, one-head model against the theory of its plane.

    Args:
        found: the checkpoint, with the manifest of its training.
        searched: how far horizons are looked for, in tokens.
        bound_accuracy: also certify the accuracy at the training length, which takes minutes
            where the model fails often.

    Raises:
        Refusal: another shape, no task, or no recorded accuracy.
    """
    recorded = (found.manifest or {}).get("accuracy")
    if found.task is None or not found.task.train_lengths or not recorded:
        raise Refusal(f"{found.path} does not say how it was trained: name a run of ours")
    if found.config.n_head != 1:
        raise Refusal(f"{found.path} has {found.config.n_head} heads: name a model of one")
    prover, length = prover_of(found, seconds=1.0), max(found.task.train_lengths)
    queries = [domain.query for domain in prover.domains(length)]
    horizons = [prover.reach(query, searched).longest for query in queries]
    bounds = accuracy(prover, length, lambda done, total: None) if bound_accuracy else None
    angle, promised = None, None
    if len(found.config.angles) == 1 and isinstance(prover.task, Index):
        angle = found.config.angles[0]
        promised = _promised(found, prover.task, queries, searched)
    return Comparison(
        checkpoint=found.path.name,
        angle=angle,
        length=length,
        promised=promised,
        certified=(min(horizons), max(horizons)),
        searched=searched,
        accuracy={int(n): Count(said["correct"], said["total"]) for n, said in recorded.items()},
        bounds=None if bounds is None else (bounds["lower"], bounds["upper"]),
    )


def soft_index_horizon(angle: float, weight: float, offset: int, searched: int) -> int:
    """The longest input at which a soft one-plane Index head is right for an integer query.

    It is while ``Σ exp(−r(1 − cos tθ)) < 1`` over the distances t of the rivals from the target
    (``index_margin_eq_of_integer_query``); every longer input has one rival more. Float64.

    Args:
        angle: θ, in radians per position.
        weight: r, what a match adds to the logit.
        offset: i, how many positions back the target stands.
        searched: the longest input that is looked at.

    Returns:
        The length; ``offset`` if not even the shortest input with the target will do.
    """
    rivals = np.concatenate([np.arange(-offset, 0), np.arange(1, searched - offset)])
    mass = np.cumsum(np.exp(-weight * (1 - np.cos(rivals * angle))))
    return offset + int((mass[offset - 1 :] < 1).sum())


def _promised(found: Checkpoint, task: Index, queries: list[int], searched: int) -> tuple[int, int]:
    """``soft_index_horizon`` of every query, with the mean modulus over the letters as weight."""
    (head,) = gptj.heads(found.config, found.weights, 0, found.weights["transformer.wte.weight"])
    lengths = []
    for domain in (d for d in task.domains(searched) if d.query in queries):
        weight = float(np.abs(head.amplitudes(domain.query, domain.answers)).mean())
        (offset,) = domain.distances
        lengths.append(soft_index_horizon(head.angles[0], weight, offset, searched))
    return min(lengths), max(lengths)
