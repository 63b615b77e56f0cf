"""Writes files whole or not at all, so that a reader never sees a part of one."""

import json
import os
import secrets
import stat
from pathlib import Path

from theory.refusal import Refusal


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``; a missing folder is created.

    The bytes go to a temporary file beside ``path`` and are flushed to disk before it is renamed,
    so a crash or a full disk leaves the old file unchanged.

    Args:
        path: the file to write or replace.
        data: its whole content.

    Raises:
        Refusal: the file cannot be written.
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
        raise _unwritable(path, error) from error


def refuse_unless_file(path: Path) -> None:
    """Refuse a path at which no file can be written, before any work is done.

    Raises:
        Refusal: it is a folder, stands in no folder that can be written to, or is no name.
    """
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        is_folder = False
    except OSError as error:
        raise _unwritable(path, error) from error
    if is_folder:
        raise Refusal(f"cannot write {path} (it is a folder): name a file in it")
    refuse_unless_folder(path.absolute().parent)


def refuse_unless_folder(path: Path) -> None:
    """Refuse a path into which no file can be written, before any work is done.

    Args:
        path: of the folder, which need not exist yet.

    Raises:
        Refusal: it, or the nearest part of its path that exists, is no folder that can be written
            to, or it is no name.
    """
    try:
        nearest = next(part for part in (path, *path.absolute().parents) if part.exists())
    except OSError as error:
        raise _unwritable(path, error) from error
    if not nearest.is_dir():
        raise Refusal(f"cannot write to {path} ({nearest} is a file): name another folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise Refusal(f"cannot write to {path} (no permission in {nearest}): name another folder")


def _unwritable(path: Path, error: OSError) -> Refusal:
    return Refusal(f"cannot write {path} ({error.strerror}): name a folder that can be written to")


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in UTF-8, whole or not at all.

    Args:
        path: the file to write or replace.
        text: its whole content.

    Raises:
        Refusal: the file cannot be written.
    """
    write_bytes(path, text.encode())


def write_json(path: Path, value: object) -> None:
    """Write ``value`` to ``path`` as indented JSON, whole or not at all.

    Args:
        path: the file to write or replace.
        value: any JSON value.

    Raises:
        Refusal: the file cannot be written.
        ValueError: the value holds NaN or an infinity, which are not JSON.
    """
    write_bytes(path, json_bytes(value))


def json_bytes(value: object) -> bytes:
    """Returns the bytes that ``write_json`` writes: indented JSON in UTF-8.

    Args:
        value: any JSON value.

    Raises:
        ValueError: the value holds NaN, an infinity or half a surrogate pair, which are not JSON.
    """
    return (json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n").encode()
