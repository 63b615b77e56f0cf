"""The table of a survey: one line of JSON per unit, only ever appended.

A line is written in one go and reaches the disk before the next; a run that is cut short leaves at
most an unfinished last line, which is measured again.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from empirical.files.sealed import is_whole, sealed
from theory.refusal import Refusal

START = b'{"key": "'
"""How every line begins."""


class SurveyTable:
    """Records by key, in a file.

    Args:
        path: the file, made where it is missing.

    Raises:
        Refusal: the file cannot be read, or is no such table.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: dict[str, dict[str, Any]] = {}
        data = _bytes(path)
        self._whole = data.endswith(b"\n") or not data
        for number, line in enumerate(data.splitlines(), start=1):
            try:
                record = json.loads(line)
                self.records[record["key"]] = record
                whole = is_whole(record)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                if line.startswith(START) or START.startswith(line):  # torn by a crash
                    continue
                raise Refusal(
                    f"{path} is no table of a survey (line {number}): name another one"
                ) from error
            if not whole:
                raise Refusal(
                    f"{path} was altered in line {number}, or is of an earlier version: name "
                    "another table"
                )

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record, in the file and here.

        Raises:
            Refusal: the system does not let us write there.
        """
        line = json.dumps(sealed(record), ensure_ascii=False).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab", buffering=0) as file:
                file.write(line if self._whole else b"\n" + line)
                os.fsync(file.fileno())
        except OSError as error:
            raise Refusal(
                f"cannot write {self.path} ({error.strerror}): name a folder that can be written to"
            ) from error
        self._whole = True
        self.records[record["key"]] = json.loads(line)


def _bytes(path: Path) -> bytes:
    """What a table holds; nothing where there is none."""
    if not os.path.lexists(path):
        return b""
    if not path.is_file():
        raise Refusal(f"{path} is not a file: name another table")
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refusal(f"cannot read {path} ({error.strerror}): name another table") from error
