"""Shapes are checked while testing; Hypothesis runs the same examples every time."""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

import empirical
from theory.ledger import Theorem

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny models: threads would only wait for each other

SEARCHES = {"certificates", "recheck"}
"""Rooms whose shapes are not checked: their small functions run millions of times, and twins, brute
force and the checker hold them to their values."""
ROOMS = sorted(path.stem for path in Path(empirical.__path__[0]).iterdir() if path.suffix != ".md")
install_import_hook(
    ["constructions", *(f"empirical.{room}" for room in ROOMS if room not in SEARCHES)],
    "beartype.beartype",
)

settings.register_profile("ci", derandomize=True, database=None, deadline=None, max_examples=100)
settings.register_profile("deep", derandomize=True, database=None, deadline=None, max_examples=1000)
settings.load_profile("ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one sentence in one process: it is judged once there, and costs most."""
    for item in items:
        theorem = item.callspec.params.get("theorem") if hasattr(item, "callspec") else None
        if isinstance(theorem, Theorem):
            item.add_marker(pytest.mark.xdist_group(theorem.name))
