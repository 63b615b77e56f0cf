"""Shapes are checked while testing; Hypothesis runs the same examples every time."""

import gc
import os

import pytest
from hypothesis import settings

from tests import order, shape_checks

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny models: threads would only wait for each other

shape_checks.install()
gc.disable()  # what is imported while tests are collected stays: until then there is no garbage

settings.register_profile("ci", derandomize=True, database=None, deadline=None, max_examples=100)
settings.register_profile("deep", derandomize=True, database=None, deadline=None, max_examples=1000)
settings.load_profile("ci")


def pytest_runtest_setup() -> None:
    """Check the first calls of each test."""
    shape_checks.begin_test()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the dearest files."""
    items[:] = order.dearest_first(items)


def pytest_collection_finish() -> None:
    """Let searches for garbage leave out what was imported: they took a seventh of the time."""
    gc.enable()
    gc.freeze()
