"""Tables with one row per snapshot of a multi-hop run, written row by row."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from empirical.files import atomic, checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.files.json_file import read_json
from empirical.models.gptj import GPTJ
from empirical.tasks.multi_hop import MultiHop
from empirical.training.evaluation import Count
from theory.refusal import Refusal

MOST_INPUTS = 1 << 40
"""No count is of so many inputs."""


def task_of(run: Checkpoint) -> MultiHop:
    """Returns the task of a run.

    Args:
        run: the finished run.

    Raises:
        Refusal: the task has no hops.
    """
    task = run.known_task
    if not isinstance(task, MultiHop):
        name = run.task.name if run.task else "none"
        raise Refusal(f"{run.path} has snapshots of task {name}: only multi-hop runs have a table")
    return task


def update(
    run: Checkpoint,
    file: Path,
    settings: Mapping[str, Any],
    chosen: Mapping[int, Path],
    measure: Callable[[int, GPTJ], dict[str, Any]],
    progress: Callable[[int, int], None],
) -> None:
    """Measure the snapshots whose row is missing, and write the table whole after each of them.

    Args:
        run: the finished run.
        file: the table.
        settings: what decides its numbers beside the weights; a table with others is made anew.
        chosen: the snapshots by step.
        measure: returns the row of a snapshot from its step and model.
        progress: called with the number of snapshots done and their total number.

    Raises:
        Refusal: a snapshot is not of this model, or the table is damaged or cannot be written.
    """
    settings = {**settings, "config": run.config.to_json(), "heads": _heads(run)}
    earlier = load(file) or {}
    same = all(earlier.get(key) == value for key, value in settings.items())
    rows = {row["step"]: row for row in earlier["snapshots"]} if same else {}
    for done, (step, snapshot) in enumerate(chosen.items()):
        progress(done, len(chosen))
        sha256 = checkpoint.file_sha256(snapshot)
        if step in rows and rows[step]["sha256"] == sha256:
            continue
        model = GPTJ.of(run.config, checkpoint.read_weights(snapshot, run.config))
        with checkpoint.naming(snapshot):
            measured = measure(step, model)
        rows[step] = {"step": step, "sha256": sha256} | measured
        document = settings | {"snapshots": [rows[step] for step in sorted(rows)]}
        text = json.dumps(document, separators=(",", ":"), allow_nan=False)
        atomic.write_text(file, text + "\n")
    progress(len(chosen), len(chosen))


def _heads(run: Checkpoint) -> list[list[int]]:
    """Returns layer and number of every head."""
    return [[n, h] for n in range(run.config.n_layer) for h in range(run.config.n_head)]


def load(file: Path) -> dict[str, Any] | None:
    """Returns the JSON object of a table, or ``None`` where there is no file.

    Args:
        file: the table.

    Raises:
        Refusal: the file is not a table.
    """
    if not os.path.lexists(file):
        return None
    again = "remove it and measure again"
    table = read_json(file, again, again)
    match table:
        case {"snapshots": [_, *_] as rows} if all(map(_is_row, rows)):
            return table
    raise Refusal(f"{file} is no table of a training run: {again}")


def count(value: object) -> Count:
    """Returns the right answers that a table holds as a pair of numbers.

    Raises:
        ValueError: it is no such pair.
    """
    match value:
        case [int(right), int(total)] if 0 <= right <= total and 0 < total < MOST_INPUTS:
            return Count(right, total)
    raise ValueError(f"{value!r:.40} is no number of right answers among some inputs")


def _is_row(row: object) -> bool:
    """Returns whether a row names its snapshot."""
    match row:
        case {"step": int(step), "sha256": str()}:
            return step >= 0 and not isinstance(step, bool)
    return False
