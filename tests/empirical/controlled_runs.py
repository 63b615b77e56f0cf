"""Runs of the controlled models that show what was published of them."""

import numpy as np

from empirical.trajectories.published_claims import ANGLES
from empirical.trajectories.score_trajectory import ScoreTrajectory

LAYERS = 12


def run(task: str) -> ScoreTrajectory:
    """Five snapshots of a run as published: pure heads at the end, hops in the task's order."""
    steps = np.arange(5) * 100
    late = 3 if task == "number" else 0
    positional = np.tile(np.where(np.arange(LAYERS) < (4 if late else 0), 1.0, 0.0), (5, 1))
    return ScoreTrajectory(
        task=task,
        queries=("last",),
        heads=tuple((layer, 0) for layer in range(LAYERS)),
        steps=steps,
        accuracy={
            hops: np.where(steps >= 100 * (1 + late * (hops - 1) / 3), 1.0, 0.1)
            for hops in range(1, 5)
        },
        measures={
            "positional": positional[:, :, None],
            "symbolic": 1 - positional[:, :, None],
            "entropy": np.zeros((5, LAYERS, 1)),
        },
        angles={"main_angle": np.tile(ANGLES[task], (5, 1))},
        use=np.ones((5, LAYERS, 1)),
        turning=np.ones(1),
    )
