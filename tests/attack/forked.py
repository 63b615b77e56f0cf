"""Runs a command line in a forked child that is watched: time, memory, what it prints."""

import os
import resource
import select
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SECONDS = 60
MEMORY = 2 << 30
"""Bytes that a child may hold, what it shares with its parent included."""
LARGEST_FILE = 1 << 28
"""Bytes of a file that a child may write."""
LOOK = 0.02
"""Seconds between two looks at a child."""
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Ended:
    """How a child ended.

    Attributes:
        status: its exit status; negative: the signal that ended it.
        seconds: it took.
        memory: the most bytes that it held.
        out: what it printed.
        err: what it printed on standard error.
    """

    status: int
    seconds: float
    memory: int
    out: str
    err: str

    @property
    def hung(self) -> bool:
        """Whether it took longer than ``SECONDS``."""
        return self.seconds >= SECONDS

    @property
    def swollen(self) -> bool:
        """Whether it held more than ``MEMORY``."""
        return self.memory > MEMORY


def run(arguments: tuple[str, ...], folder: Path, printed: Path) -> Ended:
    """Run ``ropeproof`` in a child of this process, in a folder.

    Args:
        arguments: of the command line.
        folder: the working directory of the child.
        printed: a folder for what it prints.
    """
    out, err = printed / "out", printed / "err"
    sys.stdout.flush()
    sys.stderr.flush()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _become(arguments, folder, out, err)
    status, memory = _watched(child, began)
    seconds = time.monotonic() - began
    texts = (file.read_text(errors="replace") for file in (out, err))
    return Ended(os.waitstatus_to_exitcode(status), seconds, memory, *texts)


def _become(arguments: tuple[str, ...], folder: Path, out: Path, err: Path) -> None:
    """Be the command: never returns."""
    status = 70
    try:
        os.setsid()
        os.chdir(folder)
        for number, target in ((0, os.devnull), (1, out), (2, err)):
            flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY
            os.dup2(os.open(target, flags, 0o600), number)
        sys.stdin, sys.stdout, sys.stderr = (open(n, m) for n, m in ((0, "r"), (1, "w"), (2, "w")))  # noqa: SIM115
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        os.environ.update(COLUMNS="80", XDG_CACHE_HOME=str(folder / "cache"), HF_HUB_OFFLINE="1")
        sys.argv = ["ropeproof", *arguments]
        from empirical import cli

        try:
            cli.main()
            status = 0
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def _watched(child: int, began: float) -> tuple[int, int]:
    """Wait for a child, and end it where it passes a limit; its status and most memory."""
    ended = os.pidfd_open(child)
    try:
        while not select.select([ended], [], [], LOOK)[0]:
            if time.monotonic() - began > SECONDS or _held(child) > MEMORY:
                os.killpg(child, signal.SIGKILL)
                break
    except ProcessLookupError:
        pass
    finally:
        os.close(ended)
    _, status, used = os.wait4(child, 0)
    return status, used.ru_maxrss * 1024


def _held(child: int) -> int:
    """Bytes that a process holds now."""
    try:
        return int(Path(f"/proc/{child}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        return 0
