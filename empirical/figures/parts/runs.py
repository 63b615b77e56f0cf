"""Finds the training runs from which figures are drawn: shipped models with a score trajectory."""

from empirical.shipped.checkpoints import recorded
from empirical.trajectories import score_trajectory
from empirical.trajectories.score_trajectory import ScoreTrajectory
from theory.refusal import Refusal

TASKS = ("number", "letter")


def runs() -> dict[str, ScoreTrajectory]:
    """Returns the first shipped run of each task, in alphabetical order of the directories.

    Raises:
        Refusal: a task has no run, or a table is damaged.
    """
    tables = _tables()
    for task in TASKS:
        if task not in tables:
            raise Refusal(
                f"no shipped checkpoint has a trajectory of the {task} task: "
                "run ropeproof score on a run that has its snapshots"
            )
    return {task: tables[task] for task in TASKS}


def ready() -> bool:
    """Returns whether every task has a run."""
    return _tables().keys() >= set(TASKS)


def _tables() -> dict[str, ScoreTrajectory]:
    tables: dict[str, ScoreTrajectory] = {}
    for path in recorded():
        if (path / score_trajectory.TABLE).exists():
            run = score_trajectory.read(path)
            tables.setdefault(run.task, run)
    return tables
