"""Up to which length heads keep their peaks: forecast on short inputs, measured on long ones."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.special import softmax

from empirical.heads.canonical import Head
from empirical.heads.executed import heads_on
from empirical.mechanism.forecast import Forecast, forecast
from empirical.models.gptj import GPTJ
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.queries import stops
from empirical.scores.table import ScoredInputs
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Inputs
from theory.refusal import Refusal

TOKENS = 25_000
"""Tokens that are run at each length, unless that is fewer than ``INPUTS`` inputs."""
INPUTS = 30
"""The fewest inputs that are run at a length; never more than the short inputs."""
STREAM = 7
"""Third word of the seed: keeps these inputs apart from all others."""
HALF = 0.5
"""A head fails where a smaller share of its queries keep their peak."""


@dataclass(frozen=True)
class PeakSurvival:
    """One head on one kind of query; tuples have one entry per length.

    The peak of a query is the position of its largest weight on the short input; see ``Forecast``.

    Attributes:
        layer: index of the block.
        head: index of the head in its block.
        query: kind of query: ``last``, ``hop 1``, …
        queries: number of queries from which the forecast is made.
        next_stop: number of these whose peak is the next stop of the walk.
        floor: the least ``Forecast.floor`` of a query.
        peak: the greatest ``Forecast.largest_lead`` of a query.
        bound: the least ``Forecast.bound`` of a query; ``None`` where no query has one.
        forecast_kept: forecast share of queries that keep their peak.
        forecast_weight: forecast mean attention weight of the peak.
        forecast_failure: the least length, in tokens, at which ``forecast_kept`` is below a half;
            ``None`` if it is not, up to the longest length.
        measured_queries: number of queries in the longer inputs.
        measured_kept: the share of these that keep their peak.
        measured_weight: the mean weight that these give to it.
    """

    layer: int
    head: int
    query: str
    queries: int
    next_stop: int
    floor: tuple[float, ...]
    peak: tuple[float, ...]
    bound: tuple[float, ...] | None
    forecast_kept: tuple[float, ...]
    forecast_weight: tuple[float, ...]
    forecast_failure: int | None
    measured_queries: tuple[int, ...]
    measured_kept: tuple[float, ...]
    measured_weight: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Returns the row as JSON, floats rounded to four significant digits."""
        return {
            name: [_rounded(x) for x in value] if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


def peak_survival(
    model: GPTJ, task: MultiHop, ids: Inputs, lengths: tuple[int, ...], seed: int
) -> Iterator[PeakSurvival]:
    """Forecast the peaks of every head on longer inputs, and measure them there.

    Args:
        model: a model in evaluation mode, on the CPU.
        task: the task that the model learned.
        ids: short inputs of ``ATOMIC`` tokens, from which forecasts are made.
        lengths: ascending, in tokens, above ``ATOMIC``.
        seed: of the longer inputs.

    Yields:
        One row per layer, head and kind of query.

    Raises:
        Refusal: the lengths do not ascend from more than ``ATOMIC``, or none of the inputs has as
            many hops as the task allows.
    """
    if lengths[0] <= task.ATOMIC or (np.diff(lengths) <= 0).any():
        raise Refusal(
            f"lengths {', '.join(map(str, lengths))} do not ascend from more than {task.ATOMIC} "
            "tokens: order them"
        )
    scored, path = stops(task, ids), task.path(ids)
    kinds, inputs, _ = scored.flat
    next_stops = path[inputs, kinds + 1]
    measured = [_PeaksOnLongInputs.of(model, task, len(ids), n, seed) for n in lengths]
    in_front = np.array(lengths) - task.ATOMIC
    for layer, number, head in heads_on(model, ids):
        every_query = forecast(head, task, scored, path[:, -1], int(in_front[-1]))
        for kind, query in enumerate(scored.queries):
            of_kind = kinds == kind
            failure = _first_failure(every_query.kept[of_kind].mean(axis=0))
            pairs = [peaks.of_query(layer, number, kind) for peaks in measured]
            yield PeakSurvival(
                layer=layer,
                head=number,
                query=query,
                queries=int(of_kind.sum()),
                next_stop=int((every_query.peak_positions == next_stops)[of_kind].sum()),
                **_forecast_by_length(every_query, of_kind, in_front),
                forecast_failure=None if failure is None else task.ATOMIC + failure,
                measured_queries=tuple(kept.size for kept, _ in pairs),
                measured_kept=tuple(float(kept.mean()) for kept, _ in pairs),
                measured_weight=tuple(float(weight.mean()) for _, weight in pairs),
            )


def _first_failure(kept: Float64[np.ndarray, " lengths"]) -> int | None:
    """Returns the least number of tokens in front at which fewer than half keep their peak."""
    failing = np.flatnonzero(kept < HALF)
    return int(failing[0]) if failing.size else None


def _forecast_by_length(
    every_query: Forecast,
    of_kind: Bool[np.ndarray, " queries"],
    in_front: Int64[np.ndarray, " lengths"],
) -> dict[str, Any]:
    """Returns the forecast fields of ``PeakSurvival`` for the queries of one kind."""
    bound = every_query.bound[of_kind][:, in_front].min(axis=0)
    return {
        "floor": tuple(every_query.floor[of_kind][:, in_front].min(axis=0).tolist()),
        "peak": tuple(every_query.largest_lead[of_kind][:, in_front].max(axis=0).tolist()),
        "bound": tuple(bound.tolist()) if np.isfinite(bound[-1]) else None,
        "forecast_kept": tuple(every_query.kept[of_kind][:, in_front].mean(axis=0).tolist()),
        "forecast_weight": tuple(every_query.weight[of_kind][:, in_front].mean(axis=0).tolist()),
    }


def _rounded(value: int | float) -> int | float:
    return value if isinstance(value, int) else float(f"{value:.4g}")


@dataclass(frozen=True, eq=False)
class _PeaksOnLongInputs:
    """Whether queries keep their peaks on inputs of one length, by layer and head.

    Attributes:
        scored: the longer inputs, and the queries.
        kept: whether the largest weight of each query is where it is if the layer's input is
            computed from the last ``ATOMIC`` tokens alone.
        weights: the attention weight of that position.
    """

    scored: ScoredInputs
    kept: dict[tuple[int, int], Bool[np.ndarray, " queries"]]
    weights: dict[tuple[int, int], Float64[np.ndarray, " queries"]]

    @classmethod
    def of(
        cls, model: GPTJ, task: MultiHop, most_inputs: int, length: int, seed: int
    ) -> "_PeaksOnLongInputs":
        """Run a model on inputs of one length, and on their last ``ATOMIC`` tokens."""
        inputs = min(most_inputs, max(INPUTS, TOKENS // length))
        ids, _ = task.batch(np.random.default_rng((seed, length, STREAM)), inputs, length)
        short = stops(task, ids[:, -task.ATOMIC :].copy())
        in_front = length - task.ATOMIC
        positions = {
            kind: np.where(at < 0, at, at + in_front) for kind, at in short.queries.items()
        }
        scored = ScoredInputs(ids, positions)
        kept, weights = {}, {}
        pairs = zip(heads_on(model, short.ids), heads_on(model, ids), strict=True)
        for (layer, number, on_short), (_, _, on_long) in pairs:
            short_peaks = in_front + _weights_by_query(on_short, short)[0]
            peaks, weights_there = _weights_by_query(on_long, scored, short_peaks)
            kept[layer, number] = peaks == short_peaks
            weights[layer, number] = weights_there
        return cls(scored, kept, weights)

    def of_query(
        self, layer: int, head: int, kind: int
    ) -> tuple[Bool[np.ndarray, " kind"], Float64[np.ndarray, " kind"]]:
        """Returns of each query of a kind whether it kept its peak, and the weight there."""
        of_kind = self.scored.flat[0] == kind
        return self.kept[layer, head][of_kind], self.weights[layer, head][of_kind]


def _weights_by_query(
    head: Head, scored: ScoredInputs, at: Int64[np.ndarray, " queries"] | None = None
) -> tuple[Int64[np.ndarray, " queries"], Float64[np.ndarray, " queries"]]:
    """Returns the position of each query's largest weight, and its weight at ``at`` or there."""
    peaks = np.empty(len(scored.flat[0]), dtype=np.int64)
    chosen_weights = np.empty(len(peaks))
    for group, contents in scored.groups(len(head.angles)):
        logits = ContentPositionLogits.of(head, contents).observed().sum(axis=2)
        peaks[group] = logits.argmax(axis=1)
        weights = softmax(logits, axis=1)
        positions = peaks if at is None else at
        chosen_weights[group] = weights[np.arange(len(group)), positions[group]]
    return peaks, chosen_weights
