"""Many trajectories in one file, one per line, and their losses in two principal components."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import safetensors.numpy
from jaxtyping import Float, Float64

from empirical.files import atomic, checkpoint
from empirical.induction.trajectory import LOSSES, InductionTrajectory
from empirical.models.config import GPTJConfig
from empirical.models.smeared import SmearedConfig
from theory.refusal import Refusal

SHIPPED = Path(__file__).parents[1] / "checkpoints" / "induction" / "trajectories.jsonl"
"""The trajectories that come with the package."""


@dataclass(frozen=True, eq=False)
class Collection:
    """Trajectories of trained models and of hand-set circuits.

    Attributes:
        trained: runs.
        hand_set: the positive control.
        components: for the run of each name and seed, where its losses of single tokens are along
            the first two principal components of all runs of its texts, by snapshot; only runs of
            one language have them, that of the first.
        explained: the share of the variance along each of the two.
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
    """Put measured runs beside hand-set circuits.

    Args:
        directories: of the runs.
        trained: their trajectories, in the same order.
        hand_set: the positive control.
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

    Raises:
        Refusal: the system does not let us write there.
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
    """Read a file of trajectories; by default the one that comes with the package.

    Raises:
        Refusal: the file cannot be read or holds something else.
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
    """Place the losses of all snapshots of all runs in two dimensions.

    Args:
        losses: for each run the losses of the same tokens, by snapshot, in nats.

    Returns:
        Coordinates along the first two principal components, which point the way that the losses
        grow, and the share of the variance along each.
    """
    rows = np.concatenate(list(losses.values())).astype(np.float64)
    mean = rows.mean(axis=0)
    _, values, axes = np.linalg.svd(rows - mean, full_matrices=False)
    axes = axes[:2] * np.where(axes[:2].sum(axis=1) < 0, -1, 1)[:, None]
    first, second = (values[:2] ** 2 / (values**2).sum()).tolist()
    return {run: (part - mean) @ axes.T for run, part in losses.items()}, (first, second)


def single_losses(directory: Path) -> Float[np.ndarray, "snapshots places"]:
    """The losses of single tokens that measuring a run left in its directory."""
    losses: Float[np.ndarray, "snapshots places"]
    losses = safetensors.numpy.load_file(directory / LOSSES)["losses"]
    return losses.astype(np.float64)
