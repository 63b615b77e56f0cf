"""Files of Coq that need each other, compiled in parallel, each once for every text."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Event

from theory.kernel import library
from theory.kernel.coqc import Coq, Limits, compile_file

ROOM = "made"
PRINTED = "printed.txt"
"""Beside a compiled file: what was printed."""


@dataclass(frozen=True, eq=False)
class Source:
    """A file of Coq.

    Attributes:
        name: without its ending.
        text: all of it.
        needs: files that it requires.
    """

    name: str
    text: str
    needs: tuple["Source", ...] = ()

    @cached_property
    def all_needed(self) -> tuple["Source", ...]:
        """What it requires, directly or not, each after what it requires."""
        needed = [s for need in self.needs for s in (*need.all_needed, need)]
        return tuple(dict.fromkeys(needed))

    @cached_property
    def digest(self) -> str:
        """A hash of the text, and of all the texts that it stands on."""
        own = library.closure_hash(library.required(self.text))
        return library.digest(self.name, self.text, own, *(need.digest for need in self.needs))


@dataclass(frozen=True)
class Built:
    """A file that was compiled, or not.

    Attributes:
        obstacle: why it was not, in one line; empty if it was.
        output: what was printed.
        seconds: how long it took; 0 if it was compiled before.
    """

    obstacle: str
    output: str
    seconds: float


def build(
    coq: Coq,
    sources: Sequence[Source],
    limits: Limits,
    processes: int,
    tick: Callable[[int, int], object],
) -> dict[str, Built]:
    """Compile files and what they need; the first that fails ends all others.

    Args:
        coq: the compiler.
        sources: the files.
        limits: of each run.
        processes: how many run at a time.
        tick: called with the number of files done and of all files.

    Returns:
        What was done, by name, in the order of its ends.

    Raises:
        BrokenLibrary: a file of the kernel's library does not compile.
    """
    every = dict.fromkeys(s for source in sources for s in (*source.all_needed, source))
    rooms = library.compiled(coq, "\n".join(source.text for source in every), limits)
    ended = Event()
    with ThreadPoolExecutor(processes) as pool:
        try:
            return _all_built(
                lambda source: pool.submit(_built, coq, source, rooms, limits, ended), every, tick
            )
        finally:
            ended.set()
            pool.shutdown(cancel_futures=True)


def _all_built(
    begin: Callable[[Source], "Future[Built]"],
    every: Iterable[Source],
    tick: Callable[[int, int], object],
) -> dict[str, Built]:
    """Begin each file as soon as all that it needs is done, until one fails."""
    done: dict[str, Built] = {}
    running: dict[Future[Built], Source] = {}
    waiting = list(every)
    total = len(waiting)
    while waiting or running:
        ready = [s for s in waiting if all(need.name in done for need in s.needs)]
        for source in ready:
            waiting.remove(source)
            running[begin(source)] = source
        tick(len(done), total)
        ended, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in ended:
            done[running.pop(future).name] = future.result()
        if any(built.obstacle for built in done.values()):
            break
    tick(len(done), total)
    return done


def folder_of(coq: Coq, source: Source) -> Path:
    """Where a compiled file is kept."""
    return library.cache_folder() / "certificates" / library.digest(coq.version, source.digest)


def _built(
    coq: Coq, source: Source, rooms: list[tuple[Path, str]], limits: Limits, ended: Event
) -> Built:
    """Compile one file unless it was compiled before."""
    folder = folder_of(coq, source)
    if (folder / f"{source.name}.vo").is_file():
        return Built("", (folder / PRINTED).read_text(), 0.0)
    needed = [(folder_of(coq, need), ROOM) for need in source.all_needed]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        place = Path(scratch) / source.name
        place.mkdir()
        file = place / f"{source.name}.v"
        file.write_text(source.text)
        run = compile_file(coq, file, [*rooms, *needed, (place, ROOM)], limits, ended)
        if not run.obstacle:
            (place / PRINTED).write_text(run.output)
            if not folder.exists():
                shutil.move(place, folder)
    return Built(run.obstacle, run.output, run.seconds)
