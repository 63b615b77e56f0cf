"""The order in which files of tests run."""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from tests import order

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Named:
    """What the order reads of a test."""

    nodeid: str


def file_of(item: pytest.Item | Named) -> str:
    return item.nodeid.split("::")[0]


def test_the_dear_files_exist_and_stand_in_order() -> None:
    seconds = order.seconds_by_file()
    assert len(seconds) > 10
    assert [path for path in seconds if not (ROOT / path).is_file()] == []
    assert list(seconds.values()) == sorted(seconds.values(), reverse=True)


def test_dear_files_come_first_and_keep_the_order_of_their_tests() -> None:
    dearest, dear = list(order.seconds_by_file())[:2]
    names = ["cheap.py::b", f"{dear}::b", f"{dearest}::z", "cheap.py::a", f"{dearest}::a"]
    placed = [item.nodeid for item in order.dearest_first(map(Named, names))]
    assert placed == [f"{dearest}::z", f"{dearest}::a", f"{dear}::b", "cheap.py::b", "cheap.py::a"]


def test_this_run_is_in_that_order(request: pytest.FixtureRequest) -> None:
    seconds = order.seconds_by_file()
    files = [file for file, _ in groupby(request.session.items, key=file_of)]
    assert len(files) == len(set(files))
    spent = [seconds.get(file, 0.0) for file in files]
    assert spent == sorted(spent, reverse=True)
