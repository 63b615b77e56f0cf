"""From the snapshots of a training run to its trajectory, resumable."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from empirical.files import atomic, checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.models.gptj import GPTJ
from empirical.scores import queries
from empirical.scores.swaps import TEMPERATURE
from empirical.scores.table import Score, ScoredInputs, score
from empirical.tasks import task_from_entries, tasks
from empirical.tasks.multi_hop import MultiHop
from empirical.training.evaluation import accuracy_by_hops
from empirical.training.trainer import SNAPSHOTS
from empirical.trajectories import score_trajectory
from theory.refusal import Refusal

SNAPSHOT = re.compile(r"step-(\d+)\.safetensors")
SCORED, ANSWERED = 500, 1000
"""Inputs that each snapshot is scored on, and asked."""


def record(
    found: Checkpoint, progress: Callable[[int, int], None] = lambda done, total: None
) -> Path | None:
    """Bring the table of a multi-hop run up to date with its snapshots.

    The table is written after each snapshot, whole; snapshots that are in it are not scored again.

    Args:
        found: the finished run.
        progress: called with the snapshots that are in the table and those that there are.

    Returns:
        The table's file, or ``None`` where the directory has no snapshots.

    Raises:
        Refusal: the run's task has no hops, a snapshot is not of this model, or the table cannot be
            written.
    """
    snapshots = dict(_snapshots(found.path / SNAPSHOTS))
    if not snapshots:
        return None
    name = found.task.name if found.task else "none"
    task = task_from_entries(name, found.task.entries) if found.task and name in tasks() else None
    if not isinstance(task, MultiHop):
        raise Refusal(
            f"{found.path} has snapshots of task {name}: only multi-hop runs have a table"
        )
    asked = queries.draw(found, SCORED)
    seed = int((found.manifest or {}).get("seed", 0))
    head = {
        "task": name,
        "seed": seed,
        "config": found.config.to_json(),
        "temperature": TEMPERATURE,
        "inputs": {"scored": SCORED, "answered": ANSWERED},
        "queries": list(asked.queries),
        "heads": [[n, h] for n in range(found.config.n_layer) for h in range(found.config.n_head)],
    }
    file = found.path / score_trajectory.TABLE
    held = score_trajectory.load(file) or {}
    same = all(held.get(key) == value for key, value in head.items())
    rows = {row["step"]: row for row in held["snapshots"]} if same else {}
    for done, (step, snapshot) in enumerate(snapshots.items()):
        progress(done, len(snapshots))
        sha256 = checkpoint.file_sha256(snapshot)
        if step in rows and rows[step]["sha256"] == sha256:
            continue
        model = GPTJ.of(found.config, checkpoint.read_weights(snapshot, found.config))
        rows[step] = {"step": step, "sha256": sha256} | _measured(model, task, asked, seed)
        kept = [rows[step] for step in sorted(rows)]
        text = json.dumps(head | {"snapshots": kept}, separators=(",", ":"), allow_nan=False)
        atomic.write_text(file, text + "\n")
    progress(len(snapshots), len(snapshots))
    return file


def _measured(model: GPTJ, task: MultiHop, asked: ScoredInputs, seed: int) -> dict[str, Any]:
    """The row of one snapshot."""
    scored = score(model, asked)
    by_head = [
        scored[n : n + len(asked.queries)] for n in range(0, len(scored), len(asked.queries))
    ]
    return {
        "accuracy": {
            str(hops): [count.correct, count.total]
            for hops, count in accuracy_by_hops(model, task, ANSWERED, seed).items()
        },
        **{
            name: [[_short(getattr(row, name)) for row in rows] for rows in by_head]
            for name in score_trajectory.MEASURES
        },
        **{
            name: [_short(getattr(rows[0], name)) for rows in by_head]
            for name in score_trajectory.ANGLES
        },
        "use": [_shares(rows[0]) for rows in by_head],
    }


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _shares(row: Score) -> list[int]:
    use = np.array(row.use)
    shares: list[int] = (
        np.rint(score_trajectory.SHARES * use / (use.sum() or 1)).astype(int).tolist()
    )
    return shares


def _snapshots(folder: Path) -> Iterator[tuple[int, Path]]:
    """The snapshots of a run by step, in their order."""
    for file in sorted(folder.glob("step-*.safetensors")):
        if name := SNAPSHOT.fullmatch(file.name):
            yield int(name[1]), file
