"""Scores every head of a model on given inputs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from empirical.heads.canonical import Head
from empirical.heads.executed import heads_on
from empirical.models.gptj import GPTJ
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.entropy import normalised_entropy
from empirical.scores.frequency import frequency_use, mean_angle
from empirical.scores.purity import GAMMAS, Behaviour, purity
from empirical.scores.swaps import TEMPERATURE, swap_scores
from theory.notebook import fields_as_html
from theory.refusal import Refusal

AT_ONCE = 1 << 21
"""Numbers in one array: bounds memory and does not affect a score."""


@dataclass(frozen=True)
class Score:
    """One head on one kind of query: means over the inputs.

    Attributes:
        layer: index of the block.
        head: index of the head in its block.
        query: kind of query, such as ``last``.
        inputs: number of inputs that have such a query with at least two positions before it.
        positional: the positional score.
        symbolic: the symbolic score.
        entropy: the normalised entropy of attention.
        use: the norm of the logits of each component.
        mean_angle: mean angle weighted by use, in radians per position; ``None`` for a head whose
            logits are all 0.
        main_angle: angle of the component used most, in radians per position.
        components: positional and symbolic score of each component; ``None`` if not computed.
    """

    layer: int
    head: int
    query: str
    inputs: int
    positional: float
    symbolic: float
    entropy: float
    use: tuple[float, ...]
    mean_angle: float | None
    main_angle: float
    components: tuple[tuple[float, float], ...] | None

    _repr_html_ = fields_as_html

    @property
    def pure(self) -> dict[float, Behaviour | None]:
        """The pure behaviour at each γ, judged by the mean scores."""
        return {gamma: purity(self.positional, self.symbolic, gamma) for gamma in GAMMAS}

    def to_json(self) -> dict[str, Any]:
        """Returns the row as JSON, with the pure behaviour at each γ."""
        return asdict(self) | {"pure": {str(gamma): pure for gamma, pure in self.pure.items()}}


@dataclass(frozen=True, eq=False)
class ScoredInputs:
    """Inputs of a model, and the queries in them whose attention is scored.

    Attributes:
        ids: token ids.
        queries: by kind, the position of the query in each input; −1 where there is none.

    Raises:
        Refusal: a position is outside the inputs, or a kind has no query to score.
    """

    ids: Int64[np.ndarray, "inputs length"]
    queries: Mapping[str, Int64[np.ndarray, " inputs"]]

    def __post_init__(self) -> None:
        """Refuse queries that cannot be scored."""
        for kind, positions in self.queries.items():
            if not -1 <= positions.min() <= positions.max() < self.ids.shape[1]:
                raise Refusal(f"the {kind} query is outside the input: give positions inside")
            if positions.max() < 2:
                raise Refusal(
                    f"no {kind} query has two positions before it to swap: give longer inputs"
                )

    @classmethod
    def last(cls, ids: Int64[np.ndarray, "inputs length"]) -> "ScoredInputs":
        """Returns inputs of which the last token is the query."""
        return cls(ids, {"last": np.full(len(ids), ids.shape[1] - 1)})

    @cached_property
    def flat(self) -> tuple[Int64[np.ndarray, " queries"], ...]:
        """Kind, input and position of every query with two positions before it."""
        positions = np.stack(list(self.queries.values()))
        kinds, inputs = np.nonzero(positions >= 2)
        return kinds, inputs, positions[kinds, inputs]

    def groups(self, planes: int) -> Iterator[tuple[Int64[np.ndarray, " group"], np.ndarray]]:
        """Yields groups of queries that see equally many positions.

        Args:
            planes: number of planes of the head that is scored; bounds the size of a group.

        Yields:
            The indices of the queries in ``flat``, and the contents that they see.
        """
        length = self.ids.shape[1]
        _, inputs, positions = self.flat
        for position in np.unique(positions):
            keys = int(position) + 1
            step = max(1, AT_ONCE // (keys * max(keys, 2 * planes)))
            here = np.flatnonzero(positions == position)
            for start in range(0, len(here), step):
                group = here[start : start + step]
                yield group, inputs[group, None] * length + np.arange(keys)


def score(
    model: GPTJ,
    scored: ScoredInputs,
    temperature: float = TEMPERATURE,
    blocks: int | None = None,
    components: bool = False,
) -> list[Score]:
    """Score every head of a model, layer by layer.

    The residual streams are computed in the model's own float32, everything else in float64.

    Args:
        model: a model in evaluation mode, on the CPU.
        scored: the inputs and the queries.
        temperature: τ of the swap scores.
        blocks: number of blocks to swap instead of single contents; see ``swap_scores``.
        components: also score each component as a head of its own.

    Returns:
        One row per layer, head and kind of query, in this order.

    Raises:
        Refusal: see ``swap_scores``.
    """
    kinds, _, _ = scored.flat
    rows = []
    with np.errstate(invalid="ignore", over="ignore"):  # callers refuse what is not finite
        for layer, number, head in heads_on(model, scored.ids):
            measured = _measure(head, scored, temperature, blocks, components)
            for kind, query in enumerate(scored.queries):
                mine = measured[kinds == kind]
                rows.append(_row(layer, number, query, head, mine, components))
    return rows


def refuse_unless_finite(scores: Sequence[Score]) -> None:
    """Refuse scores that are no numbers.

    Raises:
        Refusal: one is not finite, as the weights leave the range of floats.
    """
    for row in scores:
        numbers = (row.positional, row.symbolic, row.entropy, row.main_angle, *row.use)
        if not np.isfinite(numbers).all():
            raise Refusal(
                f"the scores of L{row.layer}H{row.head} are not finite, as its weights are beyond "
                "what float32 can hold: train or save the model again"
            )


def _measure(
    head: Head, scored: ScoredInputs, temperature: float, blocks: int | None, components: bool
) -> Float64[np.ndarray, "queries measures"]:
    """Returns scores, entropy, use and component scores of every query, side by side."""
    parts = []
    order = []
    for group, contents in scored.groups(len(head.angles)):
        group_logits = ContentPositionLogits.of(head, contents)
        logits = group_logits.matrices()
        observed = group_logits.observed()
        columns = [
            *swap_scores(logits, temperature, blocks),
            normalised_entropy(observed.sum(axis=2)),
            *frequency_use(observed).T,
        ]
        if components:
            for alone in group_logits.components():
                columns += swap_scores(alone, temperature, blocks)
        parts.append(np.stack(columns, axis=1))
        order.append(group)
    measured = np.concatenate(parts)
    measured[np.concatenate(order)] = measured.copy()
    return measured


def _row(
    layer: int,
    number: int,
    query: str,
    head: Head,
    measured: Float64[np.ndarray, "queries measures"],
    components: bool,
) -> Score:
    means = measured.mean(axis=0)
    angles = np.append(head.angles, 0.0) if head.query_rest.shape[1] else head.angles
    use, alone = np.split(means[3:], [len(angles)])
    return Score(
        layer=layer,
        head=number,
        query=query,
        inputs=len(measured),
        positional=float(means[0]),
        symbolic=float(means[1]),
        entropy=float(means[2]),
        use=tuple(use.tolist()),
        mean_angle=mean_angle(use, angles),
        main_angle=float(angles[use.argmax()]),
        components=tuple(map(tuple, alone.reshape(-1, 2).tolist())) if components else None,
    )
