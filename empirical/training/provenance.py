"""Records the provenance of a checkpoint: its data, its code and the versions of packages."""

import hashlib
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import torch

from empirical.training.plan import Plan

HASHED_BATCHES = 16
PACKAGES = ("ropeproof", "torch", "numpy", "safetensors")


def data_sha256(plan: Plan) -> str:
    """Returns the sha256 of the first ``HASHED_BATCHES`` batches of a run, in hexadecimal.

    Inputs and answers are hashed as little-endian 64-bit integers, batch after batch.

    Args:
        plan: the run.
    """
    digest = hashlib.sha256()
    for step in range(min(HASHED_BATCHES, plan.steps)):
        for tokens in plan.batch(step):
            digest.update(tokens.astype("<i8").tobytes())
    return digest.hexdigest()


def commit() -> str | None:
    """Returns the git commit of this code, or ``None`` where it is not a git checkout.

    The commit ends in ``-dirty`` if tracked files have uncommitted changes.
    """
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        git = subprocess.run(command, cwd=root, capture_output=True, text=True)
    except OSError:  # no git here
        return None
    return git.stdout.strip() if git.returncode == 0 else None


def versions() -> dict[str, str]:
    """Returns the versions of Python and of the packages that decide the weights."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def machine(device: torch.device) -> str:
    """Returns what a run trained on: ``cpu``, or ``cuda`` and the name of the GPU."""
    return f"cuda, {torch.cuda.get_device_name(device)}" if device.type == "cuda" else device.type
