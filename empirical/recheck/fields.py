"""Strict reading of JSON: every value is looked at with its place in the file.

Whatever is not of the expected form raises ``Malformed`` with the name of the file and the place,
such as ``index.json: rows[3].query: …``. Bounded are the bytes of a file, the digits of a number
and, by Python's own limit, the nesting.
"""

import json
import math
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from empirical.recheck.failures import Malformed

MOST_BYTES = 1 << 25
"""Of a JSON file: Python's objects take up to thirty times as many."""
MOST_DIGITS = 16
"""Of an integer: more than any count of tokens, positions or dimensions needs."""
MOST_TOKENS = 1 << 20
"""Token ids of a model."""

JSON: TypeAlias = Any
"""What was read: none, a boolean, a number, a string, a list or an object."""


@dataclass(frozen=True)
class Field:
    """A JSON value and where it stands.

    Attributes:
        file: the name of the file, for messages.
        place: the path to the value inside the file, such as ``rows[3].query``; empty at the top.
        value: what stands there.
    """

    file: str
    place: str
    value: JSON

    def fail(self, what: str) -> NoReturn:
        """Raise ``Malformed`` about this place."""
        raise Malformed(f"{self.file}: {self.place + ': ' if self.place else ''}{what}")

    def object(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> "Fields":
        """The fields of an object that has all required ones and no unknown one."""
        fields = self.any_object()
        for name in required:
            if name not in fields:
                self.fail(f"the field {name!r} is missing")
        for name in fields:
            if name not in required and name not in optional:
                self.fail(f"the field {shortened(name)} is unknown here")
        return fields

    def any_object(self) -> "Fields":
        """The fields of an object, whichever they are."""
        if not isinstance(self.value, dict):
            self.fail("an object is expected here")
        dot = "." if self.place else ""
        return {
            name: Field(self.file, f"{self.place}{dot}{name}", value)
            for name, value in self.value.items()
        }

    def items(self, most: int) -> list["Field"]:
        """The entries of a list that is no longer than ``most``."""
        if not isinstance(self.value, list):
            self.fail("a list is expected here")
        if len(self.value) > most:
            self.fail(f"the list has {len(self.value)} entries, at most {most} are read")
        return [
            Field(self.file, f"{self.place}[{at}]", value) for at, value in enumerate(self.value)
        ]

    def integer(self, least: int, most: int) -> int:
        """An integer in a range."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.fail("an integer is expected here")
        if not least <= self.value <= most:
            self.fail(f"{self.value} is not between {least} and {most}")
        return self.value

    def integers(self, least: int, most: int, longest: int) -> tuple[int, ...]:
        """A list of integers in a range."""
        return tuple(item.integer(least, most) for item in self.items(longest))

    def number(self, least: int | float = -math.inf, most: int | float = math.inf) -> float:
        """A finite number in a range."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.fail("a number is expected here")
        if not least <= self.value <= most:
            self.fail(f"{self.value!r} is not between {least} and {most}")
        return float(self.value)

    def numbers(self, longest: int) -> tuple[float, ...]:
        """A list of finite numbers."""
        return tuple(item.number() for item in self.items(longest))

    def text(self) -> str:
        """A string."""
        if not isinstance(self.value, str):
            self.fail("a string is expected here")
        return self.value

    def choice(self, *allowed: str) -> str:
        """One of a few strings."""
        if self.value not in allowed or not isinstance(self.value, str):
            self.fail(f"one of {', '.join(allowed)} is expected here")
        return self.value

    def sha256(self) -> str:
        """A sha256 in hexadecimal."""
        text = self.text()
        if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
            self.fail("64 hexadecimal digits are expected here")
        return text


Fields: TypeAlias = dict[str, Field]


def read_bytes(file: Path, most: int) -> bytes:
    """The contents of a regular file of bounded size.

    Raises:
        Malformed: there is no such file, it is no regular file, or it is too large.
    """
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Malformed(f"{file}: it is not a file")
        if status.st_size > most:
            raise Malformed(f"{file}: it has {status.st_size} bytes, at most {most} are read")
        return file.read_bytes()
    except OSError as error:
        raise Malformed(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError as error:  # a name that no file can have
        raise Malformed(f"{str(file)!r}: cannot be read ({error})") from error


def parse(data: bytes, file: str) -> Field:
    """Read JSON without duplicate keys, without NaN and infinities, and of bounded numbers.

    Args:
        data: the text, in UTF-8.
        file: its name, for messages.

    Raises:
        Malformed: it is no such JSON.
    """

    def unique(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
        members: dict[str, JSON] = {}
        for name, value in pairs:
            if name in members:
                raise Malformed(f"{file}: the field {shortened(name)} stands twice in one object")
            members[name] = value
        return members

    def integer(digits: str) -> int:
        if len(digits) > MOST_DIGITS:
            raise Malformed(f"{file}: {shortened(digits)} has more than {MOST_DIGITS} digits")
        return int(digits)

    def real(digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            raise Malformed(f"{file}: {shortened(digits)} is larger than a float can be")
        return value

    def no_number(name: str) -> NoReturn:
        raise Malformed(f"{file}: {name} is not a number in JSON")

    try:
        value: JSON = json.loads(
            data.decode(),
            object_pairs_hook=unique,
            parse_int=integer,
            parse_float=real,
            parse_constant=no_number,
        )
    except RecursionError as error:
        raise Malformed(f"{file}: it is nested too deeply") from error
    except ValueError as error:
        raise Malformed(f"{file}: it is truncated or not valid JSON ({error})") from error
    return Field(file, "", value)


def read(file: Path) -> tuple[Field, bytes]:
    """The JSON in a file, and its bytes.

    Raises:
        Malformed: the file cannot be read, or is no strict JSON.
    """
    data = read_bytes(file, MOST_BYTES)
    return parse(data, str(file)), data


def shortened(text: str) -> str:
    """A string for a message."""
    return repr(text if len(text) <= 40 else text[:30] + "…")
