"""Dear files run first: the workers of ``pytest -n`` then end together, each with cheap ones left.

``dearest_files.txt`` holds CPU seconds of each file that takes more than a few, in a run of all.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypeVar

DEAREST = Path(__file__).with_name("dearest_files.txt")


class HasId(Protocol):
    """A test with its name, after the path of its file."""

    @property
    def nodeid(self) -> str:
        """Such as ``tests/test_order.py::test_name``."""


Test = TypeVar("Test", bound=HasId)


def seconds_by_file() -> dict[str, float]:
    """CPU seconds by the file's path from the root."""
    lines = (line.split() for line in DEAREST.read_text().splitlines())
    return {path: float(seconds) for seconds, path in lines}


def dearest_first(items: Iterable[Test]) -> list[Test]:
    """The tests of dear files before all others; those of one file stay together, in its order."""
    seconds = seconds_by_file()
    return sorted(items, key=lambda item: -seconds.get(item.nodeid.split("::")[0], 0.0))
