"""Checkpoint directories, changed by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import safetensors.numpy

TENSORS = "model.safetensors"


def change_json(file: Path, **values: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def resave(directory: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Save the tensors again, changed, without a manifest to catch it."""
    tensors = safetensors.numpy.load_file(directory / TENSORS)
    change(tensors)
    safetensors.numpy.save_file(tensors, directory / TENSORS)
    (directory / "manifest.json").unlink()
