"""The file ``survival.json`` of a checkpoint: how long its heads keep their peaks."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from empirical.files import atomic, checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.files.form import of_form
from empirical.files.json_file import read_json
from empirical.mechanism.peak_survival import HALF, PeakSurvival, peak_survival
from empirical.models.gptj import GPTJ
from empirical.tasks.dataset import Dataset
from empirical.tasks.multi_hop import MultiHop
from empirical.training.evaluation import Count
from theory.refusal import Refusal

TABLE = "survival.json"
LENGTHS = (34, 68, 136, 272, 544, 850, 1700)
"""Tokens; training records the accuracy at these lengths too."""
SEED = 31
"""Seed of the longer inputs."""
INPUTS = 128
"""Number of short inputs from which forecasts are made."""


@dataclass(frozen=True, eq=False)
class SurvivalTable:
    """The contents of a table.

    Attributes:
        task: name of the task.
        rotary_dim: number of rotated dimensions of each head.
        accuracy: right answers by length in tokens, from the manifest.
        inputs: number of short inputs from which forecasts were made.
        lengths: ascending, in tokens.
        rows: one for each layer, head and kind of query.
    """

    task: str
    rotary_dim: int
    accuracy: dict[int, Count]
    inputs: int
    lengths: tuple[int, ...]
    rows: tuple[PeakSurvival, ...]

    @property
    def walking_heads(self) -> list[PeakSurvival]:
        """For each kind of query the head whose peak is most often the next stop of the walk."""
        return [
            max((row for row in self.rows if row.query == query), key=lambda row: row.next_stop)
            for query in dict.fromkeys(row.query for row in self.rows)
        ]

    @property
    def forecast_failure(self) -> int | None:
        """The least length at which a walking head is forecast to fail; ``None`` if none is."""
        failures = [row.forecast_failure for row in self.walking_heads if row.forecast_failure]
        return min(failures, default=None)

    @property
    def least_forecast_kept(self) -> tuple[float, ...]:
        """By length, the least forecast share of kept peaks of a walking head."""
        shares = (row.forecast_kept for row in self.walking_heads)
        return tuple(map(min, zip(*shares, strict=True)))

    @property
    def accuracy_failure(self) -> int | None:
        """The least length at which the accuracy is below a half; ``None`` if it is at none."""
        counts = [self.accuracy.get(length) for length in self.lengths]
        return self.first_below_half(
            [count.correct / count.total if count else 1.0 for count in counts]
        )

    def first_below_half(self, shares: Sequence[float]) -> int | None:
        """Returns the least length whose share is below a half, or ``None``.

        Args:
            shares: one for each of ``lengths``.
        """
        pairs = zip(self.lengths, shares, strict=True)
        return next((length for length, share in pairs if share < HALF), None)

    def lengths_between(self, one: int | None, other: int | None) -> int:
        """Returns how many of ``lengths`` lie between two lengths; ``None`` is beyond them all."""
        cells = [
            len(self.lengths) if length is None else sum(n < length for n in self.lengths)
            for length in (one, other)
        ]
        return abs(cells[0] - cells[1])


def read(directory: Path) -> SurvivalTable | None:
    """Read the table of a checkpoint directory.

    The directory may lack the weights if its manifest has their sha256.

    Returns:
        The table, or ``None`` where the directory has none.

    Raises:
        Refusal: the table is damaged, or was measured on other weights.
    """
    file, weights = directory / TABLE, directory / checkpoint.WEIGHTS
    if not os.path.lexists(file):
        return None
    again = "remove it and run ropeproof survival again"
    document = read_json(file, again, again)
    try:
        table = _from_json(document)
        measured_sha256 = document["sha256"]
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise Refusal(f"{file} is damaged: {again}") from error
    own_sha256 = (
        checkpoint.file_sha256(weights)
        if weights.exists()
        else read_json(directory / checkpoint.MANIFEST).get("sha256")
    )
    if measured_sha256 != own_sha256:
        raise Refusal(f"{file} is of other weights: remove it and run ropeproof survival again")
    return table


def _from_json(document: dict[str, Any]) -> SurvivalTable:
    rows = tuple(of_form(PeakSurvival, row) for row in document["heads"])
    table = SurvivalTable(
        task=document["task"],
        rotary_dim=int(document["rotary_dim"]),
        accuracy={int(n): of_form(Count, count) for n, count in document["accuracy"].items()},
        inputs=int(document["inputs"]),
        lengths=tuple(document["lengths"]),
        rows=rows,
    )
    columns = ("forecast_kept", "forecast_weight", "measured_queries", "measured_kept")
    kept = [getattr(row, name) for row in rows for name in (*columns, "measured_weight")]
    if not rows or any(len(values) != len(table.lengths) for values in kept):
        raise ValueError("a row has another number of lengths")
    if not all(type(length) is int and length > 0 for length in table.lengths):
        raise TypeError("a length is no number of tokens")
    if not all(0 <= count.correct <= count.total > 0 for count in table.accuracy.values()):
        raise ValueError("more answers are right than there are")
    return table


def record(
    model: Checkpoint,
    lengths: tuple[int, ...] = LENGTHS,
    inputs: int = INPUTS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> SurvivalTable:
    """Measure a checkpoint and write its table.

    Args:
        model: the checkpoint.
        lengths: ascending, in tokens.
        inputs: number of short inputs from which forecasts are made.
        progress: called with the number of rows that are done and their total number.

    Raises:
        Refusal: the task has no hops, the lengths do not ascend, a measure is not finite, or the
            table cannot be written.
    """
    task = model.known_task
    if not isinstance(task, MultiHop):
        name = model.task.name if model.task else "none"
        raise Refusal(f"{model.path} is of task {name}: name a number or letter model")
    ids, _ = Dataset(task, model.seed).batch("test", 0, inputs)
    total = model.config.n_layer * model.config.n_head * task.HOPS
    heads = []
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is refused below
        for row in peak_survival(GPTJ.of(model.config, model.weights), task, ids, lengths, SEED):
            heads.append(row.to_json())
            progress(len(heads), total)
    document = {
        "task": task.name,
        "sha256": model.sha256,
        "rotary_dim": model.config.rotary_dim,
        "accuracy": (model.manifest or {}).get("accuracy", {}),
        "inputs": inputs,
        "lengths": lengths,
        "heads": heads,
    }
    try:
        text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise Refusal(
            f"weights of attention in {model.path} are not finite, as its weights are beyond what "
            "float32 can hold: train or save the model again"
        ) from None
    atomic.write_text(model.path / TABLE, text + "\n")
    written = read(model.path)
    assert written is not None
    return written
