"""Checkpoints for the tests to spoil."""

from pathlib import Path

import pytest

from tests.empirical import small_models


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A sound checkpoint."""
    path = tmp_path / "model"
    small_models.write(path, small_models.TINY)
    return path


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound checkpoint for all examples of a property; each puts back what it changes."""
    path = tmp_path_factory.mktemp("shared")
    small_models.write(path, small_models.TINY)
    return path
