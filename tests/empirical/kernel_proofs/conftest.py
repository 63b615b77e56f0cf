"""The kernel's library, compiled once for all tests that run beside each other."""

import fcntl
from pathlib import Path

import pytest

from tests.theory.conftest import coq as coq
from theory.kernel import library
from theory.kernel.coqc import Coq


@pytest.fixture(scope="session")
def kernel(coq: Coq) -> Coq:
    """The compiler, with the library of the checker compiled."""
    library.cache_folder().mkdir(parents=True, exist_ok=True)
    with Path(library.cache_folder(), "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        library.compiled(coq, "From ropeproof Require Floats.")
    return coq


@pytest.fixture(scope="session")
def circuits(kernel: Coq) -> Coq:
    """The compiler, with the library of the checker of two blocks compiled."""
    with Path(library.cache_folder(), "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        library.compiled(kernel, "From ropeproof Require CircuitFloats.")
    return kernel
