"""What short inputs say of a head's queries on longer ones: closed forms of its angles and norms.

A longer input has more tokens in front of the same walk (urrutia2026heads, App. B). The logit that
a query gives to one of them, t positions back, is known if the token is like those of the window of
a short input. That earlier layers may hand the head something else on longer inputs is left out.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from empirical.heads.canonical import Head
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.table import ScoredInputs
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.number import Number


@dataclass(frozen=True, eq=False)
class Promise:
    """Of each query, with 0, 1, … tokens in front; its *peak* is its largest weight without any.

    Attributes:
        peaks: the position of the peak.
        floor: the peak's logit less the largest other, tokens in front standing at their best.
        most: the same, tokens in front standing at their worst.
        bound: what the planes allow for the floor, where the peak's token may come again in front
            (``planes_lead_le_of_shift``); infinite where it may not.
        keeps: the probability that no token in front gets more than the peak.
        weight: the peak's weight, tokens in front getting their mean exponential.
    """

    peaks: Int64[np.ndarray, " asked"]
    floor: Float64[np.ndarray, "asked lengths"]
    most: Float64[np.ndarray, "asked lengths"]
    bound: Float64[np.ndarray, "asked lengths"]
    keeps: Float64[np.ndarray, "asked lengths"]
    weight: Float64[np.ndarray, "asked lengths"]


def promise(
    head: Head, task: MultiHop, asked: ScoredInputs, ends: Int64[np.ndarray, " inputs"], most: int
) -> Promise:
    """What a head's queries on short inputs promise.

    A token in front is like one of its own input's window but the walk's end, all of them equally
    likely. In the number task the peak's own may come again too, which counts for the floor.

    Args:
        head: a head on the positions of all inputs.
        task: whose inputs.
        asked: inputs of ``ATOMIC`` tokens, and the queries.
        ends: where the walk of each input ends.
        most: the largest number of tokens in front.
    """
    parts, order = [], []
    inputs = asked.flat[1]
    for group, seen in asked.groups(len(head.angles)):
        queries, rows, window = seen[:, -1], np.arange(len(group)), np.arange(task.WINDOW - 1)
        near = ContentPositionLogits.of(head, seen).observed().sum(axis=2)
        peaks = near.argmax(axis=1)
        tops, top = seen[rows, peaks, None], near[rows, peaks, None].copy()
        near -= top
        second = np.sort(near, axis=1)[:, -2]
        others = seen[:, :1] + window + (window >= ends[inputs[group], None])
        distances = seen.shape[1] + np.arange(most)
        front = head.crossed(queries, others, distances) - top[:, None]
        again = head.crossed(queries, tops, distances)[:, 0] - top
        recurs = (peaks < task.WINDOW)[:, None] & isinstance(task, Number)
        moduli = (
            head.scale
            * head.attention_factor**2
            * np.abs(head.queries[queries] * head.keys[tops[:, 0]])
        )
        strongest = np.maximum(front.max(axis=1), np.where(recurs, again, -np.inf))
        allowed = np.where(recurs, _lead_over_itself(head, moduli, peaks, most), np.inf)
        parts.append(
            Promise(
                peaks=peaks,
                floor=-_running(np.maximum, second, strongest),
                most=-_running(np.maximum, second, front.min(axis=1)),
                bound=_running(np.minimum, np.full(len(group), np.inf), allowed),
                keeps=_running(np.multiply, np.ones(len(group)), (front <= 0).mean(axis=1)),
                weight=1 / _running(np.add, np.exp(near).sum(axis=1), np.exp(front).mean(axis=1)),
            )
        )
        order.append(group)
    back = np.argsort(np.concatenate(order))
    return Promise(
        *(np.concatenate(fields)[back] for fields in zip(*map(_fields, parts), strict=True))
    )


def _running(
    operation: np.ufunc,
    start: Float64[np.ndarray, " asked"],
    terms: Float64[np.ndarray, "asked more"],
) -> Float64[np.ndarray, "asked lengths"]:
    result: Float64[np.ndarray, "asked lengths"]
    result = operation.accumulate(np.column_stack((start, terms)), axis=1)
    return result


def _lead_over_itself(
    head: Head, moduli: Float64[np.ndarray, "asked planes"], peaks: np.ndarray, most: int
) -> Float64[np.ndarray, "asked more"]:
    """The most that a peak can lead by over its own token, which stands k in front of the input.

    With s the distance from one to the other that is ``Σ 2 r |sin(sθ/2)|``.
    """
    shifts = np.arange(1, peaks.max() + most + 1)
    leads = moduli @ (2 * np.abs(np.sin(np.multiply.outer(head.angles, shifts) / 2)))
    return np.take_along_axis(leads, peaks[:, None] + np.arange(most), axis=1)


def _fields(part: Promise) -> tuple[np.ndarray, ...]:
    return tuple(vars(part).values())
