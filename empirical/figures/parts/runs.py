"""The training runs that figures are drawn from: shipped checkpoints that have a trajectory."""

from empirical.shipped.checkpoints import recorded
from empirical.trajectories import score_trajectory
from empirical.trajectories.score_trajectory import ScoreTrajectory
from theory.refusal import Refusal

TASKS = ("number", "letter")


def runs() -> dict[str, ScoreTrajectory]:
    """The first shipped run of each task, in alphabetical order of the directories.

    Raises:
        Refusal: a task has none, or a table is damaged.
    """
    found = _tables()
    for task in TASKS:
        if task not in found:
            raise Refusal(
                f"no shipped checkpoint has a trajectory of the {task} task: "
                "run ropeproof score on a run that has its snapshots"
            )
    return {task: found[task] for task in TASKS}


def ready() -> bool:
    """Whether every task has a run."""
    return _tables().keys() >= set(TASKS)


def _tables() -> dict[str, ScoreTrajectory]:
    found: dict[str, ScoreTrajectory] = {}
    for path in recorded():
        if (path / score_trajectory.TABLE).exists():
            run = score_trajectory.read(path)
            found.setdefault(run.task, run)
    return found
