"""Running ``coqc``: found or not, in a fresh environment, within limits."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Event

INSTALL = "apt-get install -y --no-install-recommends coq libcoq-interval"
"""What puts Coq 8.16 and its interval tactic on a machine with Debian 12."""


@dataclass(frozen=True, slots=True)
class Coq:
    """A compiler of Coq.

    Attributes:
        path: The executable.
        version: What it says of itself, such as ``8.16.1``.
    """

    path: str
    version: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run of ``coqc`` may use.

    Attributes:
        seconds: Wall-clock time.
        mebibytes: Address space, and the size of each file written.
    """

    seconds: float = 300
    mebibytes: int = 6144


USUAL = Limits()
LOOKS = 0.2
"""Seconds between two looks at whether a run is to be killed."""
COLLECTOR = "s=1M,o=1000"
"""A young heap of 8 MiB, and rare collections of the old one. Coq would touch 256 MiB in each run,
most of which only load a library: with this they take a sixth less processor time, and mostly two
thirds of the memory."""


@dataclass(frozen=True, slots=True)
class Compilation:
    """How one run of ``coqc`` ended.

    Attributes:
        obstacle: Why there is no compiled file, in one line; empty if there is one.
        output: What was printed.
        seconds: How long it took.
    """

    obstacle: str
    output: str
    seconds: float


@cache
def installed() -> Coq | None:
    """The compiler on the search path, if it is there and says its version."""
    path = shutil.which("coqc")
    if path is None:
        return None
    asked = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"version (\S+)", asked.stdout)
    return Coq(path, version[1]) if version else None


def compile_file(
    coq: Coq,
    file: Path,
    rooms: Sequence[tuple[Path, str]],
    limits: Limits,
    ended: Event | None = None,
) -> Compilation:
    """Compile one file, beside which the compiled one appears.

    Args:
        coq: The compiler.
        file: The source; its folder is writable.
        rooms: Folders with compiled files, and the logical name of each.
        limits: Time and memory.
        ended: It is killed when this is set.
    """
    command = [coq.path, "-q", *mapped(rooms), str(file)]
    return run_within(command, file.parent, limits, ended=ended)


def mapped(rooms: Sequence[tuple[Path, str]]) -> list[str]:
    """The options that let Coq find compiled files."""
    return [word for folder, name in rooms for word in ("-Q", str(folder), name)]


def run_within(
    command: Sequence[str],
    folder: Path,
    limits: Limits,
    given: Path | None = None,
    ended: Event | None = None,
) -> Compilation:
    """Run a program in a folder, in a fresh environment, and kill it at a limit.

    Args:
        command: The program and its arguments.
        folder: Where it runs; what it prints is kept there meanwhile.
        limits: Time and memory.
        given: A file that it reads as its standard input.
        ended: It is killed when this is set.
    """
    kibibytes = limits.mebibytes * 1024
    limited = f'ulimit -v {kibibytes}; ulimit -f {2 * kibibytes}; exec "$@"'
    path = os.environ.get("PATH", os.defpath)
    environment = {"PATH": path, "HOME": str(folder), "OCAMLRUNPARAM": COLLECTOR}
    printed = folder / "printed.out"
    started = time.perf_counter()
    with printed.open("wb") as out, (given or Path(os.devnull)).open("rb") as read:
        process = subprocess.Popen(
            ["/bin/sh", "-c", limited, "sh", *command],
            stdin=read,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        obstacle = _awaited(process, limits, ended or Event())
    output = printed.read_bytes()[-(2**20) :].decode(errors="replace")
    if not obstacle and process.returncode:
        obstacle = _first_error(output) or f"coqc ended with status {process.returncode}"
    return Compilation(obstacle, output, time.perf_counter() - started)


def _awaited(process: subprocess.Popen[bytes], limits: Limits, ended: Event) -> str:
    """Wait for the end, and kill what runs on: on a limit, an interrupt or anything else."""
    last = time.monotonic() + limits.seconds
    try:
        while not ended.is_set():
            left = last - time.monotonic()
            if left <= 0:
                return f"stopped after {limits.seconds:g} s"
            with suppress(subprocess.TimeoutExpired):
                process.wait(min(left, LOOKS))
                return ""
        return "stopped"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _first_error(output: str) -> str:
    place = re.search(r"line (\d+), characters", output)
    error = re.search(r"Error:?\s*(.+?)(?:\n\n|\Z)", output, re.DOTALL)
    if error is None:
        return "out of memory" if "memory" in output.lower() else ""
    message = " ".join(error[1].split())[:300]
    return f"line {place[1]}: {message}" if place else message
