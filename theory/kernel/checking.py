"""One statement, one script, one verdict of the kernel."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from theory.kernel import assumptions, library, scripts
from theory.kernel.coqc import USUAL, Coq, Limits, compile_file

ROOM = "ledger"


class Aim(StrEnum):
    """What a script shows, by the theorem in which it ends."""

    HOLDS = "holds"
    FAILS = "fails"


CERTIFIED = {
    Aim.HOLDS: "{room}.Statement.sentence /\\ {room}.Statement.sense :=\n"
    "  conj {room}.Script.holds {room}.Script.makes_sense",
    Aim.FAILS: "(~ {room}.Statement.sentence) /\\ {room}.Statement.sense :=\n"
    "  conj {room}.Script.fails {room}.Script.makes_sense",
}
"""The type and the value of what a script has to show of its statement, in whatever room."""


def certified(aim: Aim, room: str = ROOM) -> str:
    """What a third file states: that a script shows the sentence and the sense of its statement."""
    return CERTIFIED[aim].format(room=room)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the kernel said.

    Attributes:
        obstacle: Why nothing is shown, in one line; empty if the script shows its statement.
        assumed: The axioms that the proof rests on.
        seconds: How long ``coqc`` ran.
    """

    obstacle: str = ""
    assumed: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def shown(self) -> bool:
        """Whether the kernel accepted the proof, over allowed axioms only."""
        return not self.obstacle


def check(
    coq: Coq,
    statement: str,
    script: str,
    aim: Aim = Aim.HOLDS,
    *,
    limits: Limits = USUAL,
    keep: Path | None = None,
) -> Outcome:
    """Compile a statement and a script, and read what the proof assumes.

    A third file, made here, states that the script proves ``sentence`` and ``sense`` of that
    very statement: so a script that proves something else shows nothing.

    Args:
        coq: The compiler.
        statement: The text of ``Statement.v``, generated.
        script: The text of ``Script.v``, with theorems named as the aim is, and ``makes_sense``.
        aim: Whether the sentence is to be proved or its negation.
        limits: Time and memory of each of the three runs.
        keep: A folder to build in and to leave the files in.

    Raises:
        BrokenLibrary: If the script requires a library file that is not there, or one does not
            compile.
    """
    with _folder(keep) as folder:
        compiled = compile_script(coq, statement, script, (folder, ROOM), limits=limits)
        if compiled.obstacle:
            return compiled
        rooms = [*library.compiled(coq, f"{statement}\n{script}"), (folder, ROOM)]
        file = folder / "Certified.v"
        file.write_text(
            f"From ropeproof Require prelude.\nFrom {ROOM} Require Statement Script.\n"
            f"Definition certified : {certified(aim)}.\nPrint Assumptions certified.\n"
        )
        ended = compile_file(coq, file, rooms, limits)
    seconds = compiled.seconds + ended.seconds
    if ended.obstacle:
        return Outcome(obstacle=f"{file.name}, {ended.obstacle}", seconds=seconds)
    return accepted(script, assumptions.read(ended.output), seconds)


def compile_script(
    coq: Coq, statement: str, script: str, room: tuple[Path, str], *, limits: Limits = USUAL
) -> Outcome:
    """Compile a statement and a script, which shows nothing yet.

    Args:
        coq: The compiler.
        statement: The text of ``Statement.v``.
        script: The text of ``Script.v``.
        room: The folder to build in, and its logical name.
        limits: Time and memory of each of the two runs.

    Raises:
        BrokenLibrary: If the script requires a library file that is not there, or one does not
            compile.
    """
    if words := scripts.forbidden_words(script):
        return Outcome(obstacle=f"the script holds the word {words[0]}")
    rooms = [*library.compiled(coq, f"{statement}\n{script}"), room]
    seconds = 0.0
    for name, text in {"Statement": statement, "Script": script}.items():
        file = room[0] / f"{name}.v"
        file.write_text(text)
        ended = compile_file(coq, file, rooms, limits)
        seconds += ended.seconds
        if ended.obstacle:
            return Outcome(obstacle=f"{file.name}, {ended.obstacle}", seconds=seconds)
    return Outcome(seconds=seconds)


def accepted(script: str, assumed: tuple[str, ...], seconds: float) -> Outcome:
    """The outcome of a compiled script, by its words and by what it assumes."""
    if words := scripts.forbidden_words(script):
        return Outcome(obstacle=f"the script holds the word {words[0]}")
    strange = sorted(set(assumed) - assumptions.CLASSICAL_REALS)
    obstacle = f"it assumes {strange[0]}" if strange else ""
    return Outcome(obstacle=obstacle, assumed=assumed, seconds=seconds)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="ropeproof-kernel-") as scratch:
            yield Path(scratch)
        return
    shutil.rmtree(keep, ignore_errors=True)
    keep.mkdir(parents=True)
    yield keep
