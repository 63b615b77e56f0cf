"""Python source: the standard library of the running Python, byte by byte.

It exists wherever Python does and is never shipped; another version of Python has another text.
"""

import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import Int64

from empirical.tasks.language import Language
from empirical.tasks.task import Entry, Inputs
from theory.refusal import Refusal

ALPHABET: tuple[Entry, ...] = ("\n", *map(chr, range(32, 127)))
"""Newline and printable ASCII; any other byte is read as a question mark."""


@dataclass(frozen=True)
class PythonSource(Language):
    """Windows at uniform positions of the modules at the top level of the standard library.

    Raises:
        Refusal: the tokens are not ``ALPHABET``.
    """

    name: ClassVar[str] = "python"

    def __post_init__(self) -> None:
        """Refuse other tokens than ``ALPHABET``."""
        super().__post_init__()
        if self.entries != ALPHABET:
            raise Refusal("the python language has a line's end and printable ASCII: list these")

    def text(self, rng: np.random.Generator, size: int, length: int) -> Inputs:
        """Draw windows; see ``Language.text``."""
        corpus = _corpus()
        if length > corpus.size:
            raise Refusal(f"no text has {length} bytes: ask for at most {corpus.size}")
        starts = rng.integers(corpus.size - length + 1, size=size)
        text: Inputs = corpus[starts[:, None] + np.arange(length)]
        return text


@cache
def _corpus() -> Int64[np.ndarray, " bytes"]:
    """Returns all modules in alphabetical order, as token ids."""
    folder = Path(sysconfig.get_path("stdlib"))
    data = b"".join(file.read_bytes() for file in sorted(folder.glob("*.py")))
    if not data:
        raise Refusal(f"{folder} holds no Python source: run on a Python that has its library")
    ids = np.full(256, ALPHABET.index("?"))
    ids[[ord(str(entry)) for entry in ALPHABET]] = np.arange(len(ALPHABET))
    tokens: Int64[np.ndarray, " bytes"] = ids[np.frombuffer(data, dtype=np.uint8)]
    return tokens
