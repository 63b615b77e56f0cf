"""Reads the observations of the shipped controlled runs."""

from empirical.shipped.checkpoints import controlled
from empirical.trajectories import observation_table
from empirical.trajectories.observation_table import Observations


def runs() -> list[Observations]:
    """Returns the observations of every run that has them, in the order of the directories."""
    return [observation_table.read(path) for path in controlled()]


def ready() -> bool:
    """Returns whether both tasks have an observed run."""
    return {run.task for run in runs()} >= {"number", "letter"}
