"""The files that statements and scripts stand on, each compiled once and kept.

Files are required by their names alone; which folder of the library they are in says who has to
read them (``library/README.md``). A compiled file is kept in the user's cache, in a folder named by
the hash of the file, of all that it requires, and of the compiler's version.
"""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

from theory.kernel.coqc import USUAL, Coq, Limits, compile_file
from theory.user_cache import user_cache

ROOM = "ropeproof"
FOLDER = Path(str(files("theory.kernel").joinpath("library")))
_REQUIRE = re.compile(rf"From\s+{ROOM}\s+Require\s+(?:Import\s+|Export\s+)?([^.]*)\.")


class BrokenLibrary(ValueError):
    """A file of the library that does not compile, or that is not there."""


def cache_folder() -> Path:
    """Where compiled files and results are kept."""
    return user_cache() / "kernel"


def required(text: str) -> list[str]:
    """The library files that a text requires, directly or not, each after what it requires.

    Raises:
        BrokenLibrary: If one is not there.
    """
    names: list[str] = []
    for requirement in _REQUIRE.findall(text):
        for name in requirement.split():
            names += [*_required_by(name), name]
    return list(dict.fromkeys(names))


@cache
def _required_by(name: str) -> list[str]:
    return required(source(name))


@cache
def source(name: str) -> str:
    """The text of a library file, in whatever folder of the library it is."""
    paths = sorted(FOLDER.rglob(f"{name}.v"))
    if not paths:
        raise BrokenLibrary(f"the library has no file {name}.v")
    if len(paths) > 1:
        raise BrokenLibrary(f"the library has two files {name}.v: {paths[0]} and {paths[1]}")
    return paths[0].read_text()


def closure_hash(names: Iterable[str]) -> str:
    """The hash of these files and of all that they require."""
    names = list(names)
    texts = {name: source(name) for top in names for name in (*required(source(top)), top)}
    return digest(*(f"{name}\n{texts[name]}" for name in sorted(texts)))


def digest(*parts: str) -> str:
    """A hash of texts in order, in which no two lists of texts run together."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part.encode()).digest())
    return total.hexdigest()


def compiled(coq: Coq, text: str, limits: Limits = USUAL) -> list[tuple[Path, str]]:
    """The rooms in which a text finds what it requires, compiled now if they were not yet.

    Raises:
        BrokenLibrary: If a file is not there or does not compile.
    """
    rooms: list[tuple[Path, str]] = []
    for name in required(text):
        folder = cache_folder() / "library" / digest(coq.version, closure_hash([name]))
        if not (folder / f"{name}.vo").is_file():
            _compile(coq, name, folder, rooms, limits)
        rooms.append((folder, ROOM))
    return rooms


def _compile(
    coq: Coq, name: str, folder: Path, rooms: list[tuple[Path, str]], limits: Limits
) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        build = Path(scratch) / name
        build.mkdir()
        file = build / f"{name}.v"
        file.write_text(source(name))
        ended = compile_file(coq, file, [*rooms, (build, ROOM)], limits)
        if ended.obstacle:
            raise BrokenLibrary(f"{name}.v of the library, Coq {coq.version}: {ended.obstacle}")
        if not folder.exists():
            shutil.move(build, folder)
