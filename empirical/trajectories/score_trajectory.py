"""Reads the score trajectory of a training run: accuracy and scores of every snapshot.

They are in one table, ``trajectory.json`` in the checkpoint's directory. It is small: means over
inputs have four significant digits, and each plane's share of its head's use is rounded to half a
percent. Snapshots that it holds can be deleted.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int64

from empirical.models.config import GPTJConfig
from empirical.trajectories import snapshot_table
from theory.refusal import Refusal

TABLE = "trajectory.json"
MEASURES = ("positional", "symbolic", "entropy")
ANGLES = ("mean_angle", "main_angle")
"""Fields of ``Score`` in the table: measures of each kind of query, angles of the last token."""
SHARES = 200
"""Units of use: half percents."""


@dataclass(frozen=True, eq=False)
class ScoreTrajectory:
    """The contents of a table.

    Attributes:
        task: name of the task.
        queries: the kinds of query, ``last`` first.
        heads: layer and head index of each head.
        steps: number of batches before each snapshot, ascending.
        accuracy: by number of hops, the share of right answers at each snapshot.
        measures: by name, one of ``MEASURES``.
        angles: by name, one of ``ANGLES``, in radians per position; NaN where there is none.
        use: share of each component in its head's use.
        turning: the angle of each component in radians per position, 0 of the unrotated one.
    """

    task: str
    queries: tuple[str, ...]
    heads: tuple[tuple[int, int], ...]
    steps: Int64[np.ndarray, " snapshots"]
    accuracy: dict[int, Float64[np.ndarray, " snapshots"]]
    measures: dict[str, Float64[np.ndarray, "snapshots heads queries"]]
    angles: dict[str, Float64[np.ndarray, "snapshots heads"]]
    use: Float64[np.ndarray, "snapshots heads components"]
    turning: Float64[np.ndarray, " components"]


def read(directory: Path) -> ScoreTrajectory:
    """Read the table of a checkpoint directory.

    Args:
        directory: of the checkpoint.

    Raises:
        Refusal: there is no table, or it is damaged.
    """
    file = directory / TABLE
    table = snapshot_table.load(file)
    if table is None:
        raise Refusal(f"{file} is missing: run ropeproof score on a run that has its snapshots")
    try:
        rows = table["snapshots"]
        use = np.array([row["use"] for row in rows]) / SHARES
        rotary = GPTJConfig.from_json(table["config"]).rotary_dim
        planes = GPTJConfig.BASE ** (-np.arange(0, rotary, 2) / rotary)
        run = ScoreTrajectory(
            task=table["task"],
            queries=tuple(table["queries"]),
            heads=tuple((layer, head) for layer, head in table["heads"]),
            steps=np.array([row["step"] for row in rows], dtype=np.int64),
            accuracy={
                int(hops): np.array([_share(row["accuracy"][hops]) for row in rows])
                for hops in rows[0]["accuracy"]
            },
            measures={
                name: np.array([row[name] for row in rows], dtype=np.float64) for name in MEASURES
            },
            angles={
                name: np.array([row[name] for row in rows], dtype=np.float64) for name in ANGLES
            },
            use=use,
            turning=np.pad(planes, (0, use.shape[2] - len(planes))),
        )
        _require_form(run)
        return run
    except (LookupError, TypeError, ValueError, ArithmeticError, Refusal) as error:
        raise Refusal(f"{file} is no table of a training run: remove it and score again") from error


def _share(pair: object) -> float:
    """Returns the share of right answers that a table holds as two numbers."""
    count = snapshot_table.count(pair)
    return count.correct / count.total


def _require_form(run: ScoreTrajectory) -> None:
    """Raise ``ValueError`` if a run lacks numbers, or has one out of its range."""
    if not all(isinstance(name, str) for name in (run.task, *run.queries)):
        raise ValueError("a name is no text")
    shape = (len(run.steps), len(run.heads), len(run.queries))
    if not run.accuracy or not all(shape) or (np.diff(run.steps) <= 0).any():
        raise ValueError("there are no numbers, or the snapshots are not in order")
    if any(measure.shape != shape for measure in run.measures.values()):
        raise ValueError("a measure is missing")
    if any(angle.shape != shape[:2] for angle in run.angles.values()):
        raise ValueError("an angle is missing")
    if not all(np.isfinite(measure).all() for measure in run.measures.values()):
        raise ValueError("a measure is not finite")
    angles = np.concatenate([angle.ravel() for angle in run.angles.values()])
    if (angles < 0).any() or (angles > np.pi).any() or not np.isfinite(run.use).all():
        raise ValueError("an angle or a use is out of range")
