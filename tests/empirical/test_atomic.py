"""A file is written whole or not at all."""

import json
import math
import os
from pathlib import Path

import pytest

from empirical.files import atomic
from theory.refusal import Refusal


def test_writes_what_is_given_and_makes_the_folder(tmp_path: Path) -> None:
    atomic.write_bytes(tmp_path / "new" / "a", b"\x00\xff")
    atomic.write_text(tmp_path / "new" / "b", "θ\n")
    atomic.write_json(tmp_path / "new" / "c", {"θ": [1, None]})
    assert (tmp_path / "new" / "a").read_bytes() == b"\x00\xff"
    assert (tmp_path / "new" / "b").read_bytes() == "θ\n".encode()
    assert json.loads((tmp_path / "new" / "c").read_bytes()) == {"θ": [1, None]}
    assert len(list((tmp_path / "new").iterdir())) == 3


def test_failed_write_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    atomic.write_text(file, "old")

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(Refusal, match="No space left"):
        atomic.write_text(file, "new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_refuses_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refusal, match=r"file/x.*can be written to"):
        atomic.write_text(tmp_path / "file" / "x", "")


def test_nan_is_not_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        atomic.write_json(tmp_path / "x", math.nan)
    assert not list(tmp_path.iterdir())


def test_interrupted_write_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    atomic.write_text(file, "old")

    def interrupt(source: Path, target: Path) -> None:
        assert source.read_text() == "new"
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        atomic.write_text(file, "new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("value", [math.nan, [-math.inf], {"a": "\ud800"}, object()])
def test_what_is_not_json_leaves_the_old_file_alone(tmp_path: Path, value: object) -> None:
    atomic.write_json(tmp_path / "x", "old")
    with pytest.raises((ValueError, TypeError)):
        atomic.write_json(tmp_path / "x", value)
    assert [path.read_text() for path in tmp_path.iterdir()] == ['"old"\n']


@pytest.mark.parametrize("path", [".", "/", "/proc/x", "x" * 300])
def test_refuses_what_is_no_name_for_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refusal, match=r"^cannot write .*: name a folder"):
        atomic.write_text(Path(path), "")
    assert not list(tmp_path.iterdir())
