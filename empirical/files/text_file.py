"""Reads texts of untrusted origin."""

from pathlib import Path

from theory.refusal import Refusal

LARGEST_TEXT = 1 << 28
"""Bytes of the largest text that is read."""


def read_text(file: Path, cure: str) -> str:
    """Returns the text in a file of bounded size, in UTF-8.

    Args:
        file: the file.
        cure: what to do where it holds no such text.

    Raises:
        Refusal: there is no file, it is too large, or it is not in UTF-8.
    """
    try:
        if not file.is_file():
            raise Refusal(f"{file} is not a file: {cure}")
        if file.stat().st_size > LARGEST_TEXT:
            raise Refusal(f"{file} has more than {LARGEST_TEXT} bytes: {cure}")
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"cannot read {file}: {cure}") from error
