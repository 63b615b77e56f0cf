"""Reads ``observations.json``: what a multi-hop run did at longer inputs and without its heads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from empirical.heads.silenced import WAYS, Way
from empirical.training.evaluation import Count
from empirical.trajectories import snapshot_table
from theory.refusal import Refusal

TABLE = "observations.json"
SHARES = ("forecast_kept", "forecast_weight", "measured_kept", "measured_weight")
"""Fields of ``KeptPeaks`` that are shares, one per length."""


@dataclass(frozen=True)
class KeptPeaks:
    """How often one head keeps its peak on longer inputs, forecast and measured.

    Tuples have one entry per length of ``Observations.kept_lengths``; see ``PeakSurvival``.

    Attributes:
        layer: index of the block.
        head: index of the head in its block.
        query: kind of query: ``last``, ``hop 1``, …
        queries: number of queries from which the forecast is made.
        next_stop: number of these whose peak is the next stop of the walk.
        floor: the least lead of the peak that a query is forecast to keep, in nats.
        forecast_kept: forecast share of queries that keep their peak.
        forecast_weight: forecast mean attention weight of the peak.
        forecast_failure: the least length, in tokens, at which fewer than half are forecast to
            keep it; ``None`` if there is none up to the longest length.
        measured_kept: the share of queries that keep it.
        measured_weight: the mean weight that they give to it.
    """

    layer: int
    head: int
    query: str
    queries: int
    next_stop: int
    floor: tuple[float, ...]
    forecast_kept: tuple[float, ...]
    forecast_weight: tuple[float, ...]
    forecast_failure: int | None
    measured_kept: tuple[float, ...]
    measured_weight: tuple[float, ...]


@dataclass(frozen=True)
class Lead:
    """How sharp a head is on inputs of the trained length.

    Attributes:
        layer: index of the block.
        head: index of the head in its block.
        query: kind of query.
        lead: the median over queries of the largest logit minus the next, in nats.
        least_lead: the same at the twentieth part of the queries that lead least.
        norm: the median of the largest logit that the head's planes could give to the peak.
    """

    layer: int
    head: int
    query: str
    lead: float
    least_lead: float
    norm: float


@dataclass(frozen=True)
class Observation:
    """One snapshot.

    Attributes:
        step: number of batches before it.
        accuracy: right answers by number of hops, at the trained length.
        lengths: right answers by length, in tokens.
        without: by way of removal and head, right answers by number of hops.
        kept: rows of the first layer and of the head that walks on from each kind of query; empty
            where heads were not observed.
        leads: one row per head and kind of query; empty where heads were not observed.
    """

    step: int
    accuracy: dict[int, Count]
    lengths: dict[int, Count]
    without: dict[Way, tuple[tuple[int, ...], ...]]
    kept: tuple[KeptPeaks, ...]
    leads: tuple[Lead, ...]

    @property
    def walking(self) -> list[KeptPeaks]:
        """For each kind of query the row whose peak is most often the next stop of the walk."""
        return [
            max((row for row in self.kept if row.query == query), key=lambda row: row.next_stop)
            for query in dict.fromkeys(row.query for row in self.kept)
        ]

    @property
    def failing_length(self) -> int | None:
        """The least length at which fewer than half of the answers are right, if there is one."""
        return next((n for n, c in self.lengths.items() if 2 * c.correct < c.total), None)

    @property
    def forecast_failure(self) -> int | None:
        """The least length at which a walking head is forecast to lose half of its peaks."""
        failures = [row.forecast_failure for row in self.walking if row.forecast_failure]
        return min(failures, default=None)


@dataclass(frozen=True)
class Observations:
    """The contents of a table.

    Attributes:
        task: name of the task.
        seed: of weights and data.
        steps: number of batches of the run.
        learning_rate: its largest rate.
        heads: layer and head index of each head.
        kept_lengths: lengths at which peaks are forecast and measured, in tokens.
        without_inputs: number of inputs on which answers are counted with a head removed.
        rows: the snapshots, by ascending step.
    """

    task: str
    seed: int
    steps: int
    learning_rate: float
    heads: tuple[tuple[int, int], ...]
    kept_lengths: tuple[int, ...]
    without_inputs: int
    rows: tuple[Observation, ...]


def read(directory: Path) -> Observations:
    """Read the table of a checkpoint directory.

    Args:
        directory: of the checkpoint.

    Raises:
        Refusal: there is no table, or it is damaged.
    """
    file = directory / TABLE
    document = snapshot_table.load(file)
    if document is None:
        raise Refusal(f"{file} is missing: run ropeproof claims on a run that has its snapshots")
    try:
        return _from_json(document)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise Refusal(f"{file} is no table of a training run: remove it and observe again") from (
            error
        )


def _from_json(document: dict[str, Any]) -> Observations:
    table = Observations(
        task=str(document["task"]),
        seed=int(document["seed"]),
        steps=int(document["steps"]),
        learning_rate=float(document["learning_rate"]),
        heads=tuple((int(layer), int(head)) for layer, head in document["heads"]),
        kept_lengths=tuple(map(int, document["kept_lengths"])),
        without_inputs=int(document["inputs"]["without"]),
        rows=tuple(map(_observation, document["snapshots"])),
    )
    steps = [row.step for row in table.rows]
    if steps != sorted(set(steps)) or not table.kept_lengths or not table.learning_rate > 0:
        raise ValueError("the snapshots are not in order, or the run is not described")
    for row in table.rows:
        _require_form(table, row)
    return table


def _require_form(table: Observations, row: Observation) -> None:
    """Raise ``ValueError`` if a row lacks a number, or has one out of its range."""
    if not row.accuracy or not row.lengths:
        raise ValueError("no answers were counted")
    if row.lengths.keys() != table.rows[0].lengths.keys() or min(row.lengths) < 1:
        raise ValueError("the rows have other lengths")
    for by_head in row.without.values():
        shape = [len(by_hops) == len(row.accuracy) for by_hops in by_head]
        rights = [right for by_hops in by_head for right in by_hops]
        if len(shape) != len(table.heads) or not all(shape) or min(rights, default=0) < 0:
            raise ValueError("answers without a head are missing")
    for kept in row.kept:
        for name in ("floor", *SHARES):
            values = getattr(kept, name)
            if len(values) != len(table.kept_lengths) or not np.isfinite(values).all():
                raise ValueError(f"{name} has another number of lengths, or is not finite")
        shares = [share for name in SHARES for share in getattr(kept, name)]
        if not 0 <= min(shares) <= max(shares) <= 1 or not 0 <= kept.next_stop <= kept.queries:
            raise ValueError("a share is not between 0 and 1")
    if not np.isfinite([(lead.lead, lead.least_lead, lead.norm) for lead in row.leads]).all():
        raise ValueError("a lead is not finite")


def _observation(row: dict[str, Any]) -> Observation:
    return Observation(
        step=int(row["step"]),
        accuracy=_counts(row["accuracy"]),
        lengths=_counts(row["lengths"]),
        without={way: tuple(tuple(map(int, h)) for h in row["without"][way]) for way in WAYS},
        kept=tuple(KeptPeaks(**_frozen(kept)) for kept in row.get("kept", ())),
        leads=tuple(lead for head in row.get("leads", ()) for lead in _leads(head)),
    )


def _counts(counts: dict[str, list[int]]) -> dict[int, Count]:
    return {int(key): snapshot_table.count(pair) for key, pair in counts.items()}


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}


def _leads(head: dict[str, Any]) -> list[Lead]:
    queries = {name: value for name, value in head.items() if isinstance(value, dict)}
    return [
        Lead(int(head["layer"]), int(head["head"]), query, **values)
        for query, values in queries.items()
    ]
