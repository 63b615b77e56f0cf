"""Forecasts from short inputs how a head's queries attend on longer ones.

A longer input has more tokens in front of the same walk (urrutia2026heads, App. B). The logit of a
query on such a token, t positions back, is a closed form of the head's angles and norms if the
token is like one in the window of a short input. A forecast ignores that earlier layers may feed
the head differently on longer inputs, so it bounds nothing.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex128, Float64, Int64

from empirical.heads.canonical import Head
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.table import ScoredInputs
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.number import NumberTask


@dataclass(frozen=True, eq=False)
class Forecast:
    """The forecast of each query with 0, 1, … tokens in front of its short input.

    The *peak* of a query is the position of its largest attention weight on the short input.

    Attributes:
        peak_positions: the peak of each query.
        floor: the peak's logit minus the largest other logit, least over the tokens in front.
        largest_lead: the same difference, largest over the tokens in front.
        bound: the largest floor that the planes allow where the peak's token may occur again in
            front (``planes_lead_le_of_shift``); infinite where it may not.
        kept: the probability that no token in front has a larger logit than the peak.
        weight: the attention weight of the peak, with the mean exponential of the logit in place of
            each token in front.
    """

    peak_positions: Int64[np.ndarray, " queries"]
    floor: Float64[np.ndarray, "queries lengths"]
    largest_lead: Float64[np.ndarray, "queries lengths"]
    bound: Float64[np.ndarray, "queries lengths"]
    kept: Float64[np.ndarray, "queries lengths"]
    weight: Float64[np.ndarray, "queries lengths"]


def forecast(
    head: Head, task: MultiHop, scored: ScoredInputs, ends: Int64[np.ndarray, " inputs"], most: int
) -> Forecast:
    """Forecast how the queries of short inputs attend with more tokens in front.

    The model of a token in front: any token of the input's own window except the end of the walk,
    each equally likely. In the number task the peak's token may also occur again in front; this
    enters the floor and the bound only.

    Args:
        head: a head whose contents are the positions of all inputs.
        task: the task of the inputs.
        scored: inputs of ``ATOMIC`` tokens, and the queries.
        ends: the position at which the walk of each input ends.
        most: the largest number of tokens in front.

    Returns:
        One row per query, in the order of ``scored.flat``; column k has k tokens in front.
    """
    inputs = scored.flat[1]
    parts, order = [], []
    for group, contents in scored.groups(len(head.angles)):
        parts.append(_forecast_group(head, task, contents, ends[inputs[group]], most))
        order.append(group)
    back = np.argsort(np.concatenate(order))
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return Forecast(*(np.concatenate(column)[back] for column in columns))


def _forecast_group(
    head: Head,
    task: MultiHop,
    contents: Int64[np.ndarray, "group keys"],
    ends: Int64[np.ndarray, " group"],
    most: int,
) -> Forecast:
    """Forecast queries that see equally many positions, the last of which is the query's own."""
    rows = np.arange(len(contents))
    queries = contents[:, -1]
    logits = ContentPositionLogits.of(head, contents).observed().sum(axis=2)
    peaks = logits.argmax(axis=1)
    peak_contents = contents[rows, peaks, None]
    peak_logits = logits[rows, peaks, None]
    leads = logits - peak_logits
    second = np.sort(leads, axis=1)[:, -2]

    window = np.arange(task.WINDOW - 1)
    in_front = contents[:, :1] + window + (window >= ends[:, None])
    distances = contents.shape[1] + np.arange(most)
    front_leads = head.crossed(queries, in_front, distances) - peak_logits[:, None]
    own_leads = head.crossed(queries, peak_contents, distances)[:, 0] - peak_logits
    may_recur = (peaks < task.WINDOW)[:, None] & isinstance(task, NumberTask)
    strongest = np.maximum(front_leads.max(axis=1), np.where(may_recur, own_leads, -np.inf))

    amplitudes = head.queries[queries] * head.keys[peak_contents[:, 0]]
    allowed = _lead_over_itself(head, amplitudes, peaks, most)
    return Forecast(
        peak_positions=peaks,
        floor=-_accumulated(np.maximum, second, strongest),
        largest_lead=-_accumulated(np.maximum, second, front_leads.min(axis=1)),
        bound=_accumulated(
            np.minimum, np.full(len(contents), np.inf), np.where(may_recur, allowed, np.inf)
        ),
        kept=_accumulated(np.multiply, np.ones(len(contents)), (front_leads <= 0).mean(axis=1)),
        weight=1
        / _accumulated(np.add, np.exp(leads).sum(axis=1), np.exp(front_leads).mean(axis=1)),
    )


def _accumulated(
    operation: np.ufunc,
    start: Float64[np.ndarray, " group"],
    terms: Float64[np.ndarray, "group most"],
) -> Float64[np.ndarray, "group lengths"]:
    """Returns the running result of an operation: column k combines ``start`` and k terms."""
    result: Float64[np.ndarray, "group lengths"]
    result = operation.accumulate(np.column_stack((start, terms)), axis=1)
    return result


def _lead_over_itself(
    head: Head,
    amplitudes: Complex128[np.ndarray, "group planes"],
    peaks: Int64[np.ndarray, " group"],
    most: int,
) -> Float64[np.ndarray, "group most"]:
    """Returns the largest lead that the planes allow a peak over its own token in front.

    At distance s between the two occurrences it is ``Σ 2 r |sin(sθ/2)|`` over the planes, r the
    modulus of the amplitude. In column k the second occurrence is k + 1 positions in front of the
    short input.
    """
    moduli = head.scale * head.attention_factor**2 * np.abs(amplitudes)
    shifts = np.arange(1, peaks.max() + most + 1)
    leads = moduli @ (2 * np.abs(np.sin(np.multiply.outer(head.angles, shifts) / 2)))
    return np.take_along_axis(leads, peaks[:, None] + np.arange(most), axis=1)
