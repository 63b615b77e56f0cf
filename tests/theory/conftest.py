"""The compiler of Coq, for tests that need one."""

import os

import pytest

from theory.kernel import coqc


@pytest.fixture(scope="session")
def coq() -> coqc.Coq:
    """The compiler; without one the test is skipped, but fails where ``CI`` is set."""
    found = coqc.installed()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"coqc was not found: {coqc.INSTALL}")
        pytest.skip("coqc was not found")
    return found
