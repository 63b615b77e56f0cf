"""Where a checkpoint came from: its data, its code, the versions it ran on."""

import hashlib
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from empirical.training.plan import Plan

HASHED_BATCHES = 16
PACKAGES = ("ropeproof", "torch", "numpy", "safetensors")


def data_sha256(plan: Plan) -> str:
    """The sha256 of the first batches of a run, in hexadecimal.

    Args:
        plan: the run.

    Returns:
        The hash of inputs and answers, as little-endian 64-bit integers, batch after batch.
    """
    digest = hashlib.sha256()
    for step in range(min(HASHED_BATCHES, plan.steps)):
        for tokens in plan.batch(step):
            digest.update(tokens.astype("<i8").tobytes())
    return digest.hexdigest()


def commit() -> str | None:
    """The git commit this code was run from, or ``None`` where it is not a git checkout.

    ``-dirty`` at its end says that tracked files had been changed since.
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
    """The versions of Python and of the packages that decide the weights."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
