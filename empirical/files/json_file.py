"""Reads JSON files of untrusted origin."""

import json
import stat
from pathlib import Path
from typing import Any

from theory.refusal import Refusal

LARGEST_JSON = 1 << 26
"""Bytes of the largest JSON file that is read, enough for a million tokens."""
LFS = b"version https://git-lfs"
"""How a pointer of Git LFS begins."""


def lfs_refusal(path: Path) -> Refusal:
    """The sentence for a file that was not fetched."""
    return Refusal(
        f"{path} is a pointer of Git LFS and not the file itself: fetch it with git lfs pull"
    )


MODEL = "name a Hugging Face directory of a model"


def read_json(file: Path, missing: str = MODEL, damaged: str = "copy it again") -> dict[str, Any]:
    """Returns the JSON object in a file of bounded size.

    Args:
        file: the file.
        missing: the way out where there is no such file.
        damaged: the way out where it holds something else.

    Raises:
        Refusal: the file is missing or too large, or holds no JSON object.
    """
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Refusal(f"{file} is not a file: {missing}")
        if status.st_size > LARGEST_JSON:
            raise Refusal(f"{file} has more than {LARGEST_JSON} bytes: {missing}")
        data = file.read_bytes()
        if data.startswith(LFS):
            raise lfs_refusal(file)
        value = json.loads(data, parse_constant=_no_json, object_pairs_hook=_each_once)
    except OSError as error:
        raise Refusal(f"cannot read {file} ({error.strerror}): {missing}") from error
    except Refusal:
        raise
    except (ValueError, RecursionError) as error:
        raise Refusal(f"{file} is not readable JSON: {damaged}") from error
    if not isinstance(value, dict):
        raise Refusal(f"{file} is not a JSON object: {damaged}")
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a field that stands twice would mean what the reader likes."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a field stands twice in one object")
    return values


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
