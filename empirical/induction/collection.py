"""Reads and writes a file of trajectories, and projects losses on two principal components."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import safetensors.numpy
from jaxtyping import Float, Float64

from empirical.files import atomic, checkpoint
from empirical.files.safetensors_header import damaged, read_header
from empirical.induction.trajectory import LOSSES, InductionTrajectory
from empirical.models.config import GPTJConfig
from empirical.models.smeared import SmearedConfig
from theory.refusal import Refusal

SHIPPED = Path(__file__).parents[1] / "checkpoints" / "induction" / "trajectories.jsonl"
"""The trajectories that are shipped with the package."""


@dataclass(frozen=True, eq=False)
class Collection:
    """Trajectories of trained models and of hand-set circuits.

    Attributes:
        trained: trained runs.
        hand_set: hand-set circuits, the positive control.
        components: by name and seed of a run, the coordinates of its single-token losses along the
            first two principal components, one row per snapshot. Only runs on the language of the
            first run have them.
        explained: share of the variance along each of the two components.
    """

    trained: Sequence[InductionTrajectory]
    hand_set: Sequence[InductionTrajectory]
    components: dict[tuple[str, int], Float64[np.ndarray, "snapshots two"]] = field(
        default_factory=dict
    )
    explained: tuple[float, float] = (0.0, 0.0)


def of_runs(
    directories: Sequence[Path],
    trained: Sequence[InductionTrajectory],
    hand_set: Sequence[InductionTrajectory],
) -> Collection:
    """Collect measured runs and hand-set circuits.

    Args:
        directories: directories of the runs.
        trained: their trajectories, in the same order.
        hand_set: hand-set circuits, the positive control.

    Raises:
        Refusal: a directory cannot be read.
    """
    records = [checkpoint.read(path, GPTJConfig, SmearedConfig).task for path in directories]
    losses = {
        (run.name, run.seed): single_losses(path)
        for path, run, record in zip(directories, trained, records, strict=True)
        if record == records[0]
    }
    return Collection(trained, hand_set, *principal_components(losses))


def write(path: Path, collection: Collection) -> None:
    """Write a file of trajectories, whole or not at all.

    Args:
        path: the file.
        collection: its contents.

    Raises:
        Refusal: the file cannot be written.
    """
    lines = [{"explained": collection.explained}]
    for kind, runs in (("trained", collection.trained), ("hand-set", collection.hand_set)):
        for run in runs:
            line = {"kind": kind, **run.to_json()}
            if kind == "trained" and (run.name, run.seed) in collection.components:
                line["components"] = np.round(collection.components[run.name, run.seed], 2).tolist()
            lines.append(line)
    text = "\n".join(json.dumps(line, separators=(",", ":"), allow_nan=False) for line in lines)
    atomic.write_text(path, text + "\n")


def read(path: Path = SHIPPED) -> Collection:
    """Read a file of trajectories.

    Args:
        path: the file; by default the shipped one.

    Raises:
        Refusal: the file cannot be read, or holds no trajectories.
    """
    try:
        head, *lines = map(json.loads, path.read_text().splitlines())
        first, second = head["explained"]
        groups: dict[str, list[InductionTrajectory]] = {"trained": [], "hand-set": []}
        components = {}
        for line in lines:
            run = InductionTrajectory.from_json(line)
            groups[line["kind"]].append(run)
            if "components" in line:
                components[run.name, run.seed] = np.array(line["components"], dtype=np.float64)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise Refusal(f"{path} holds no trajectories: make it with ropeproof induction") from error
    return Collection(groups["trained"], groups["hand-set"], components, (first, second))


def principal_components(
    losses: dict[tuple[str, int], Float[np.ndarray, "snapshots places"]],
) -> tuple[dict[tuple[str, int], Float64[np.ndarray, "snapshots two"]], tuple[float, float]]:
    """Project the losses of all snapshots of all runs on two principal components.

    Args:
        losses: by run, the losses of the same tokens at each snapshot, in nats.

    Returns:
        By run, the coordinates along the first two principal components, and the share of the
        variance along each. The components point in the direction of growing losses.
    """
    rows = np.concatenate(list(losses.values())).astype(np.float64)
    mean = rows.mean(axis=0)
    _, values, axes = np.linalg.svd(rows - mean, full_matrices=False)
    axes = axes[:2] * np.where(axes[:2].sum(axis=1) < 0, -1, 1)[:, None]
    first, second = (values[:2] ** 2 / (values**2).sum()).tolist()
    return {run: (part - mean) @ axes.T for run, part in losses.items()}, (first, second)


def single_losses(directory: Path) -> Float[np.ndarray, "snapshots places"]:
    """Returns the single-token losses, in nats, that ``trajectory.of_run`` wrote.

    Args:
        directory: of the run.

    Raises:
        Refusal: there is no file of losses, or it is damaged.
    """
    file = directory / LOSSES
    headers = read_header(file)
    if {name: (header.dtype, len(header.shape)) for name, header in headers.items()} != {
        "losses": ("F16", 2)
    }:
        raise damaged(file, "it holds no losses of single tokens")
    losses: Float[np.ndarray, "snapshots places"]
    losses = safetensors.numpy.load_file(file)["losses"].astype(np.float64)
    if not np.isfinite(losses).all():
        raise damaged(file, "a loss in it is not finite")
    return losses
