"""Records the score trajectory of a training run from its snapshots, and can be interrupted."""

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
from empirical.tasks.multi_hop import MultiHop
from empirical.training.evaluation import accuracy_by_hops
from empirical.training.trainer import SNAPSHOTS
from empirical.trajectories import score_trajectory
from theory.refusal import Refusal

SNAPSHOT = re.compile(r"step-(\d+)\.safetensors")
SCORED, ANSWERED = 500, 1000
"""Number of inputs on which each snapshot is scored, and on which its answers are counted."""


def record(
    run: Checkpoint, progress: Callable[[int, int], None] = lambda done, total: None
) -> Path | None:
    """Update the score trajectory of a multi-hop run from its snapshots.

    The table is written after each snapshot, whole; snapshots that it holds are not scored again.

    Args:
        run: the finished run.
        progress: called with the number of snapshots done and their total number.

    Returns:
        The file of the table, or ``None`` where the directory has no snapshots.

    Raises:
        Refusal: the task of the run has no hops, a snapshot is not of this model, or the table
        cannot be written.
    """
    kept = dict(snapshots(run.path))
    if not kept:
        return None
    task = run.known_task
    if not isinstance(task, MultiHop):
        name = run.task.name if run.task else "none"
        raise Refusal(f"{run.path} has snapshots of task {name}: only multi-hop runs have a table")
    scored = queries.draw(run, SCORED)
    settings = {
        "task": task.name,
        "seed": run.seed,
        "config": run.config.to_json(),
        "temperature": TEMPERATURE,
        "inputs": {"scored": SCORED, "answered": ANSWERED},
        "queries": list(scored.queries),
        "heads": [[n, h] for n in range(run.config.n_layer) for h in range(run.config.n_head)],
    }
    file = run.path / score_trajectory.TABLE
    earlier = score_trajectory.load(file) or {}
    same = all(earlier.get(key) == value for key, value in settings.items())
    rows = {row["step"]: row for row in earlier["snapshots"]} if same else {}
    for done, (step, snapshot) in enumerate(kept.items()):
        progress(done, len(kept))
        sha256 = checkpoint.file_sha256(snapshot)
        if step in rows and rows[step]["sha256"] == sha256:
            continue
        model = GPTJ.of(run.config, checkpoint.read_weights(snapshot, run.config))
        rows[step] = {"step": step, "sha256": sha256} | _measured(model, task, scored, run.seed)
        ordered = [rows[step] for step in sorted(rows)]
        text = json.dumps(settings | {"snapshots": ordered}, separators=(",", ":"), allow_nan=False)
        atomic.write_text(file, text + "\n")
    progress(len(kept), len(kept))
    return file


def _measured(model: GPTJ, task: MultiHop, scored: ScoredInputs, seed: int) -> dict[str, Any]:
    """Returns the row of one snapshot."""
    scores, kinds = score(model, scored), len(scored.queries)
    by_head = [scores[n : n + kinds] for n in range(0, len(scores), kinds)]
    return {
        "accuracy": {
            str(hops): [count.correct, count.total]
            for hops, count in accuracy_by_hops(model, task, ANSWERED, seed).items()
        },
        **{
            name: [[_rounded(getattr(row, name)) for row in rows] for rows in by_head]
            for name in score_trajectory.MEASURES
        },
        **{
            name: [_rounded(getattr(rows[0], name)) for rows in by_head]
            for name in score_trajectory.ANGLES
        },
        "use": [_shares(rows[0]) for rows in by_head],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _shares(row: Score) -> list[int]:
    use = np.array(row.use)
    shares: list[int] = (
        np.rint(score_trajectory.SHARES * use / (use.sum() or 1)).astype(int).tolist()
    )
    return shares


def snapshots(directory: Path) -> Iterator[tuple[int, Path]]:
    """Yields step and file of each snapshot of a run, in ascending order.

    Args:
        directory: of the run.
    """
    for file in sorted((directory / SNAPSHOTS).glob("step-*.safetensors")):
        if name := SNAPSHOT.fullmatch(file.name):
            yield int(name[1]), file
