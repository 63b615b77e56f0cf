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
    Aim.HOLDS: "ledger.Statement.sentence /\\ ledger.Statement.sense :=\n"
    "  conj ledger.Script.holds ledger.Script.makes_sense",
    Aim.FAILS: "(~ ledger.Statement.sentence) /\\ ledger.Statement.sense :=\n"
    "  conj ledger.Script.fails ledger.Script.makes_sense",
}


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
    if words := scripts.forbidden_words(script):
        return Outcome(obstacle=f"the script holds the word {words[0]}")
    texts = {
        "Statement": statement,
        "Script": script,
        "Certified": "From ropeproof Require prelude.\nFrom ledger Require Statement Script.\n"
        f"Definition certified : {CERTIFIED[aim]}.\nPrint Assumptions certified.\n",
    }
    seconds = 0.0
    with _folder(keep) as folder:
        rooms = [*library.compiled(coq, f"{statement}\n{script}"), (folder, ROOM)]
        for name, text in texts.items():
            file = folder / f"{name}.v"
            file.write_text(text)
            ended = compile_file(coq, file, rooms, limits)
            seconds += ended.seconds
            if ended.obstacle:
                return Outcome(obstacle=f"{name}.v, {ended.obstacle}", seconds=seconds)
    return accepted(script, assumptions.read(ended.output), seconds)


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
