"""How far each head keeps looking where it looks: promised by short inputs, seen on long ones."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from empirical.heads.canonical import Head
from empirical.heads.executed import heads_on
from empirical.mechanism.promise import promise
from empirical.models.gptj import GPTJ
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.queries import stops
from empirical.scores.table import ScoredInputs
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Inputs
from theory.refusal import Refusal

TOKENS = 25_000
"""Tokens that are run at each length, in at most as many inputs as promises are made from."""
INPUTS = 30
"""The fewest inputs of a length."""
STREAM = 7
"""Third word of the seed: keeps these inputs apart from all others."""
HALF = 0.5
"""A head fails where a smaller share of its queries keep their peak."""


@dataclass(frozen=True)
class Reach:
    """One head on one kind of query; tuples go by length, fields are as in ``Promise``.

    Attributes:
        layer: the block.
        head: the head of the block.
        query: ``last``, ``hop 1``, …
        asked: how many queries the promise is made from.
        next_stop: how many of them peak at the next stop of the walk.
        floor: the least floor of a query.
        peak: the largest lead of a query.
        bound: the least bound of a query; ``None`` where there is none.
        keeps: promised share of queries that keep their peak.
        weight: promised mean weight of the peak.
        fails: the least length at which ``keeps`` is below a half; ``None`` up to the last one.
        seen_asked: how many queries were looked at.
        seen_keeps: the share of them that keep their peak.
        seen_weight: the mean weight that they give to it.
    """

    layer: int
    head: int
    query: str
    asked: int
    next_stop: int
    floor: tuple[float, ...]
    peak: tuple[float, ...]
    bound: tuple[float, ...] | None
    keeps: tuple[float, ...]
    weight: tuple[float, ...]
    fails: int | None
    seen_asked: tuple[int, ...]
    seen_keeps: tuple[float, ...]
    seen_weight: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """The row as JSON, to four digits."""
        return {
            name: [_short(x) for x in value] if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


def reach(
    model: GPTJ, task: MultiHop, ids: Inputs, lengths: tuple[int, ...], seed: int
) -> Iterator[Reach]:
    """Let every head of a model promise, then look.

    Args:
        model: a model in evaluation mode, on the CPU.
        task: the task it learned.
        ids: inputs of ``ATOMIC`` tokens, from which promises are made.
        lengths: ascending, in tokens, above ``ATOMIC``.
        seed: of the longer inputs.

    Yields:
        One row per layer, head and kind of query.

    Raises:
        Refusal: a length is not above the last or ``ATOMIC``, or none of its inputs has as many
            hops as there can be.
    """
    if lengths[0] <= task.ATOMIC or (np.diff(lengths) <= 0).any():
        raise Refusal(
            f"lengths {', '.join(map(str, lengths))} do not ascend from more than {task.ATOMIC} "
            "tokens: order them"
        )
    asked, path = stops(task, ids), task.path(ids)
    kinds, inputs, _ = asked.flat
    following = path[inputs, kinds + 1]
    seen = [_Seen.of(model, task, len(ids), length, seed) for length in lengths]
    front = np.array(lengths) - task.ATOMIC
    for layer, number, head in heads_on(model, ids):
        promised = promise(head, task, asked, path[:, -1], int(front[-1]))
        for kind, query in enumerate(asked.queries):
            mine = kinds == kind
            keeps = promised.keeps[mine].mean(axis=0)
            failing = np.flatnonzero(keeps < HALF)
            bound = promised.bound[mine][:, front].min(axis=0)
            looked = [found.of_query(layer, number, kind) for found in seen]
            yield Reach(
                layer=layer,
                head=number,
                query=query,
                asked=int(mine.sum()),
                next_stop=int((promised.peaks == following)[mine].sum()),
                floor=tuple(promised.floor[mine][:, front].min(axis=0).tolist()),
                peak=tuple(promised.most[mine][:, front].max(axis=0).tolist()),
                bound=tuple(bound.tolist()) if np.isfinite(bound[-1]) else None,
                keeps=tuple(keeps[front].tolist()),
                weight=tuple(promised.weight[mine][:, front].mean(axis=0).tolist()),
                fails=task.ATOMIC + int(failing[0]) if failing.size else None,
                seen_asked=tuple(kept.size for kept, _ in looked),
                seen_keeps=tuple(float(kept.mean()) for kept, _ in looked),
                seen_weight=tuple(float(weight.mean()) for _, weight in looked),
            )


def _short(value: int | float) -> int | float:
    return value if isinstance(value, int) else float(f"{value:.4g}")


@dataclass(frozen=True, eq=False)
class _Seen:
    """What became of the peaks of inputs of one length, by layer and head.

    Attributes:
        asked: the queries.
        kept: whether each query still has its largest weight where it has it on the last
            ``ATOMIC`` tokens alone.
        weights: the weight that it gives to that position.
    """

    asked: ScoredInputs
    kept: dict[tuple[int, int], Bool[np.ndarray, " asked"]]
    weights: dict[tuple[int, int], Float64[np.ndarray, " asked"]]

    @classmethod
    def of(cls, model: GPTJ, task: MultiHop, inputs: int, length: int, seed: int) -> "_Seen":
        inputs = min(inputs, max(INPUTS, TOKENS // length))
        ids, _ = task.batch(np.random.default_rng((seed, length, STREAM)), inputs, length)
        short, front = stops(task, ids[:, -task.ATOMIC :].copy()), length - task.ATOMIC
        asked = ScoredInputs(
            ids, {kind: np.where(at < 0, at, at + front) for kind, at in short.queries.items()}
        )
        kept, weights = {}, {}
        pairs = zip(heads_on(model, short.ids), heads_on(model, ids), strict=True)
        for (layer, number, alone), (_, _, whole) in pairs:
            peaks = front + _largest(alone, short)[0]
            places, given = _largest(whole, asked, peaks)
            kept[layer, number], weights[layer, number] = places == peaks, given
        return cls(asked, kept, weights)

    def of_query(self, layer: int, head: int, kind: int) -> tuple[np.ndarray, np.ndarray]:
        """Whether each query of a kind kept its peak, and the weight of it."""
        mine = self.asked.flat[0] == kind
        return self.kept[layer, head][mine], self.weights[layer, head][mine]


def _largest(
    head: Head, asked: ScoredInputs, at: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Where each query gives most, and the weight that it gives to ``at``, or there."""
    places = np.empty(len(asked.flat[0]), dtype=np.int64)
    given = np.empty(len(places))
    for group, seen in asked.groups(len(head.angles)):
        logits = ContentPositionLogits.of(head, seen).observed().sum(axis=2)
        places[group] = logits.argmax(axis=1)
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        given[group] = weights[np.arange(len(group)), (places if at is None else at)[group]]
    return places, given
