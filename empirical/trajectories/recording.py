"""Records the score trajectory of a training run from its snapshots, and can be interrupted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from empirical.files.checkpoint import Checkpoint
from empirical.models.gptj import GPTJ
from empirical.scores import queries
from empirical.scores.swaps import TEMPERATURE
from empirical.scores.table import Score, ScoredInputs, refuse_unless_finite, score
from empirical.tasks.multi_hop import MultiHop
from empirical.training.evaluation import accuracy_by_hops
from empirical.training.trainer import snapshots_of
from empirical.trajectories import score_trajectory
from empirical.trajectories.snapshot_table import task_of, update

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
    kept = dict(snapshots_of(run.path))
    if not kept:
        return None
    task = task_of(run)
    scored = queries.draw(run, SCORED)
    settings = {
        "task": task.name,
        "seed": run.seed,
        "temperature": TEMPERATURE,
        "inputs": {"scored": SCORED, "answered": ANSWERED},
        "queries": list(scored.queries),
    }

    def measure(_: int, model: GPTJ) -> dict[str, Any]:
        return _measured(model, task, scored, run.seed)

    file = run.path / score_trajectory.TABLE
    update(run, file, settings, kept, measure, progress)
    return file


def _measured(model: GPTJ, task: MultiHop, scored: ScoredInputs, seed: int) -> dict[str, Any]:
    """Returns the row of one snapshot."""
    scores, kinds = score(model, scored), len(scored.queries)
    refuse_unless_finite(scores)
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
