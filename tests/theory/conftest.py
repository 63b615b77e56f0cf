"""The compiler of Coq and its library, for tests that need them."""

import os
from pathlib import Path

import pytest

from theory.kernel import coqc, library


@pytest.fixture(scope="session")
def coq() -> coqc.Coq:
    """The compiler; without one the test is skipped, but fails where ``CI`` is set."""
    compiler = coqc.installed()
    if compiler is None:
        if os.environ.get("CI"):
            pytest.fail(f"coqc was not found: {coqc.INSTALL}")
        pytest.skip("coqc was not found")
    return compiler


@pytest.fixture
def library_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache that holds what is compiled of the library, and nothing else."""
    keep_library_alone(tmp_path, monkeypatch)
    return tmp_path


def keep_library_alone(cache: Path, patch: pytest.MonkeyPatch) -> None:
    """Let an empty folder be the user's cache, with what is compiled of the library."""
    compiled = library.cache_folder() / "library"
    compiled.mkdir(parents=True, exist_ok=True)
    patch.setenv("XDG_CACHE_HOME", str(cache))
    library.cache_folder().mkdir(parents=True)
    (library.cache_folder() / "library").symlink_to(compiled)
