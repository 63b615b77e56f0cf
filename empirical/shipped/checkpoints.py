"""Finds the shipped checkpoints, and computes predictions and certificates of them."""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from theory.processes import forked_after
from theory.refusal import Refusal

if TYPE_CHECKING:
    from empirical.files.checkpoint import Checkpoint
    from empirical.predictions.prediction import Prediction
    from empirical.recheck.certificate import OneHop

WEIGHTS = "model.safetensors"
SEARCHED = 256
"""Tokens: the longest length at which horizons of shipped models are searched."""


def recorded() -> list[Path]:
    """Returns the directories in ``empirical/checkpoints``, in alphabetical order.

    All hold their records; the weights of large models are in the repository and not in the
    package.
    """
    folder = Path(__file__).parents[1] / "checkpoints"
    return sorted(config.parent for config in folder.glob("*/config.json"))


def shipped() -> list[Path]:
    """Returns the recorded directories that hold weights."""
    return [path for path in recorded() if (path / WEIGHTS).exists()]


def left_out() -> list[Path]:
    """Returns the recorded directories that hold no weights."""
    return [path for path in recorded() if not (path / WEIGHTS).exists()]


def directory_named(name: str) -> Path:
    """Returns the path if it exists, else the directory of the shipped model of that name.

    Args:
        name: a path, or a name such as ``index-1layer`` or ``one-plane/0.5``.
    """
    path, folder = Path(name), Path(__file__).parents[1] / "checkpoints"
    named = folder / name
    return named if not path.exists() and (named / "config.json").exists() else path


def model_path(name: str) -> Path:
    """Returns where a model of any family lies.

    Args:
        name: a path, the name of a shipped model as for ``directory_named``, that of a packaged
            language model, or ``owner/name`` on the Hub.

    Raises:
        Refusal: the packages are not installed, or the Hub does not have the model.
    """
    from empirical.foreign.sources import model_named

    path = directory_named(name)
    return path if os.path.lexists(path) else model_named(name)


def one_layer() -> list[Path]:
    """Returns the shipped models of one layer."""
    configs = {path: json.loads((path / "config.json").read_bytes()) for path in shipped()}
    return [path for path, config in configs.items() if config.get("n_layer") == 1]


def predictions(paths: Sequence[Path]) -> "Iterator[tuple[str, list[Prediction]]]":
    """Yields the predictions about some checkpoints, computed in one process per core.

    Args:
        paths: the directories.

    Yields:
        The name of the checkpoint, and its rows.

    Raises:
        Refusal: a checkpoint cannot be read.
    """
    context = forked_after("empirical.predictions", "empirical.predictions.subject")
    with ProcessPoolExecutor(os.cpu_count(), context, _use_one_core) as pool:
        rows = pool.map(_predicted, paths)
        yield from zip((path.name for path in paths), rows, strict=True)


def _use_one_core() -> None:
    import torch

    torch.set_num_threads(1)


def _predicted(path: Path) -> "list[Prediction]":
    from empirical.files import checkpoint
    from empirical.predictions import predict
    from empirical.predictions.subject import Subject

    return list(predict(Subject.of(checkpoint.read(path))))


def certificates(*names: str) -> "Iterator[tuple[str, Checkpoint, OneHop]]":
    """Yields what the checker verifies of shipped models of one layer and one head.

    The length is the longest trained on; horizons are searched up to ``SEARCHED`` tokens.

    Args:
        names: the models; by default all.

    Yields:
        The name of the checkpoint, the checkpoint, and the claims of its certificate.
    """
    from empirical.certificates.document import checked
    from empirical.certificates.one_layer.prover import Prover, certify
    from empirical.files import checkpoint
    from empirical.recheck.certificate import OneHop

    for path in shipped():
        if names and path.name not in names:
            continue
        model = checkpoint.read(path)
        try:
            prover = Prover(model)
        except Refusal:  # the model has another shape, or a multi-hop task
            continue
        assert model.task is not None
        length = max(model.task.train_lengths)
        content = certify(prover, model.sha256, length, SEARCHED, lambda done, total: None)
        claims = checked(content, path).certificate.claims
        assert isinstance(claims, OneHop)
        yield path.name, model, claims


def circuits() -> list[Path]:
    """Returns the two-layer models whose induction is certified."""
    folder = Path(__file__).parents[1] / "checkpoints" / "induction"
    return sorted(config.parent for config in folder.glob("circuit*/config.json"))


def walking() -> list[Path]:
    """Returns the networks of walks; their weights are in the repository, not in the package."""
    folder = Path(__file__).parents[1] / "checkpoints" / "hops"
    return sorted(config.parent for config in folder.glob("*/config.json"))


def controlled() -> list[Path]:
    """Returns the runs of the number and the letter task whose training was observed.

    Those of the published recipe hold their weights; other recipes hold their tables only.
    """
    folder = Path(__file__).parents[1] / "checkpoints"
    tables = (*folder.glob("*/observations.json"), *folder.glob("recipes/*/observations.json"))
    return sorted(table.parent for table in tables)


def nope_planes() -> list[Path]:
    """Returns the letter models of one plan by rotated dimensions, from all of 128 down.

    Their weights are not shipped; the measurements of ``ropeproof survival`` on them are.
    """
    folder = Path(__file__).parents[1] / "checkpoints" / "nope"
    return [folder / rotated for rotated in ("128", "64", "32")]


def one_plane() -> list[Path]:
    """Returns the models of one plane, by ascending angle."""
    folder = Path(__file__).parents[1] / "checkpoints" / "one-plane"
    return sorted((config.parent for config in folder.glob("*/config.json")), key=_factor)


def _factor(path: Path) -> float:
    """Returns the angle in units of π over the training length, which is the directory's name."""
    return float(path.name)
