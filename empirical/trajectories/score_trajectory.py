"""What became of a model while it was trained: accuracy and scores of every snapshot, in one table.

The table, ``trajectory.json`` in the checkpoint's directory, stays small: means over inputs to four
digits, and the share of each plane in its head's use to half a percent. With it, the snapshots
themselves need not be kept.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from empirical.models.config import GPTJConfig
from theory.refusal import Refusal

TABLE = "trajectory.json"
MEASURES = ("positional", "symbolic", "entropy")
ANGLES = ("mean_angle", "main_angle")
"""Fields of ``Score`` that the table holds, for each kind of query and for the last token only."""
SHARES = 200
"""Units of use: half percents."""


@dataclass(frozen=True, eq=False)
class ScoreTrajectory:
    """A table as it was read.

    Attributes:
        task: the task's name.
        queries: the kinds of query, ``last`` first.
        heads: layer and number of each head.
        steps: batches seen by each snapshot, ascending.
        accuracy: by number of hops, the share of right answers of each snapshot.
        measures: by name, one of ``MEASURES``.
        angles: by name, one of ``ANGLES``, in radians per position; NaN where there is none.
        use: share of each component in the head's use.
        turning: the angle of each component, 0 of the unrotated one.
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

    Raises:
        Refusal: there is none, or it is damaged.
    """
    file = directory / TABLE
    table = load(file)
    if table is None:
        raise Refusal(f"{file} is missing: run ropeproof score on a run that has its snapshots")
    try:
        rows = table["snapshots"]
        use = np.array([row["use"] for row in rows]) / SHARES
        rotary = GPTJConfig.from_json(table["config"]).rotary_dim
        planes = GPTJConfig.BASE ** (-np.arange(0, rotary, 2) / rotary)
        return ScoreTrajectory(
            task=table["task"],
            queries=tuple(table["queries"]),
            heads=tuple((layer, head) for layer, head in table["heads"]),
            steps=np.array([row["step"] for row in rows], dtype=np.int64),
            accuracy={
                int(hops): np.array([np.divide(*row["accuracy"][hops]) for row in rows])
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
    except (LookupError, TypeError, ValueError, Refusal) as error:
        raise Refusal(f"{file} is no table of a training run: remove it and score again") from error


def load(file: Path) -> dict[str, Any] | None:
    """The JSON object of a table, or ``None`` where there is none.

    Raises:
        Refusal: the file is no table.
    """
    if not file.exists():
        return None
    try:
        table = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise Refusal(f"{file} is not readable JSON: remove it and score again") from error
    match table:
        case {"snapshots": [*rows]} if all(
            isinstance(row, dict) and {"step", "sha256"} <= row.keys() for row in rows
        ):
            return dict(table)
    raise Refusal(f"{file} is no table of a training run: remove it and score again")
