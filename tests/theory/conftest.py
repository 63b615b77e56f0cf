"""The compiler of Coq and its library, for tests that need them."""

import os
from pathlib import Path

import pytest

from theory.kernel import coqc, library


@pytest.fixture(scope="session")
def coq() -> coqc.Coq:
    """The compiler; without one the test is skipped, but fails where ``CI`` is set."""
    found = coqc.installed()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"coqc was not found: {coqc.INSTALL}")
        pytest.skip("coqc was not found")
    return found


@pytest.fixture
def library_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache that holds what is compiled of the library, and nothing else."""
    compiled = library.cache_folder() / "library"
    compiled.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    library.cache_folder().mkdir(parents=True)
    (library.cache_folder() / "library").symlink_to(compiled)
    return tmp_path
