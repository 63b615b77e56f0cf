"""Files are written whole or not at all: a reader never meets half of one."""

import json
import os
import secrets
from pathlib import Path

from theory.refusal import Refusal


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``, making the folder where it is missing.

    The bytes go to a temporary name beside ``path`` and reach the disk before they take its name:
    a crash or a full disk leaves the old file as it was.

    Args:
        path: the file to write or replace.
        data: its whole content.

    Raises:
        Refusal: the system does not let us write there.
    """
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}.tmp"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise Refusal(
            f"cannot write {path} ({error.strerror}): name a folder that can be written to"
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in UTF-8, whole or not at all.

    Args:
        path: the file to write or replace.
        text: its whole content.

    Raises:
        Refusal: the system does not let us write there.
    """
    write_bytes(path, text.encode())


def write_json(path: Path, value: object) -> None:
    """Write ``value`` to ``path`` as indented JSON, whole or not at all.

    Args:
        path: the file to write or replace.
        value: anything JSON can hold; NaN and infinities are not JSON and raise ``ValueError``.

    Raises:
        Refusal: the system does not let us write there.
    """
    write_bytes(path, json_bytes(value))


def json_bytes(value: object) -> bytes:
    """The bytes that ``write_json`` writes.

    Args:
        value: anything JSON can hold.

    Returns:
        Indented JSON in UTF-8.

    Raises:
        ValueError: NaN, an infinity or half a surrogate pair, which are not JSON.
    """
    return (json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n").encode()
